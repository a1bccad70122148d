#!/usr/bin/env bash
# datasets 5.2.0 beside pyarrow 26.0.1, Python 3.11, seen 2026-11-30.
#
# Guess: DatasetDict.class_encode_column("label") numbers the classes once for all sides, as the folder readers of the library do, so that a
# number is the same class in train and test; and of labels that are numbers already, 0 to 11, it makes classes with the same numbers.
# Seen: neither. Each side is numbered by the classes that it happens to hold: where the test side has no cat, its dogs have the number that the
# cats have in train, and a model's predictions are compared with other classes. Numbers are made words and sorted as words, 0, 1, 10, 11, 2:
# label 2 becomes 4 and 10 becomes 2, so that ten of twelve classes are renumbered, and a model that was trained on the old numbers is right in
# two. The names ("10" for number 2) know it, numbers alone do not. Nothing is said; save_to_disk keeps both sides as they are.
# Read by the names of each side, as this program does, the labels are right.
# So: one ClassLabel(names=...) for all: dataset.cast_column("label", ClassLabel(names=sorted(set of all))), which says what it does not know.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile datasets==5.2.0 pyarrow==26.0.1
HF_HOME="$folder/home" HF_HUB_OFFLINE=1 HF_DATASETS_DISABLE_PROGRESS_BARS=1 venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
from datasets import ClassLabel, Dataset, DatasetDict, load_from_disk

SIDES = {"train": ["cat", "dog", "fox"], "test": ["dog", "fox"]}


def names(side):
    return [side.features["label"].int2str(number) for number in side["label"]]


sides = DatasetDict({name: Dataset.from_dict({"label": labels}) for name, labels in SIDES.items()})
found = sides.class_encode_column("label")
assert all(names(found[name]) == labels for name, labels in SIDES.items()), "changed: names"
assert list(found["train"]["label"]) == [0, 1, 2], f"changed: train {found['train']['label']}"
assert list(found["test"]["label"]) == [0, 1], f"changed: test {found['test']['label']}"
found.save_to_disk("saved")
kept = load_from_disk("saved")["test"]
assert kept.features["label"].names == ["dog", "fox"] and names(kept) == SIDES["test"], "changed: what is saved"

right = sides.cast_column("label", ClassLabel(names=["cat", "dog", "fox"]))
assert list(right["test"]["label"]) == [1, 2], "changed: cast_column"
try:
    sides.cast_column("label", ClassLabel(names=["cat", "dog"]))
except ValueError as error:
    assert "fox" in str(error), f"changed: {error}"
else:
    raise SystemExit("changed: cast_column takes a class that it does not know")

numbers = Dataset.from_dict({"label": list(range(12))}).class_encode_column("label")
renumbered = list(numbers["label"])
print(f"0 to 11 become {renumbered}")
assert renumbered == [0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 2, 3], f"changed: numbers become {renumbered}"
assert names(numbers) == [str(number) for number in range(12)], "changed: names of numbers"
ten = Dataset.from_dict({"label": list(range(10))}).class_encode_column("label")
assert list(ten["label"]) == list(range(10)), "changed: ten classes"
print("as described: dogs of test have the number of train's cats; class 2 of twelve is class 4")
PY
! grep -qiE "class|label|sorted|split" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
