#!/usr/bin/env bash
# datasets 5.2.0 beside pyarrow 26.0.1, Python 3.11, seen 2026-11-30.
#
# Guess: each Parquet file that Dataset.to_parquet wrote carries the names of its classes, so two files that number the same classes in
# other orders (a test side that was labelled or sorted apart) are read by their own names, or refused as concatenate_datasets refuses them.
# Seen: load_dataset("parquet") and Dataset.from_parquet take the names of the first file for all of them, across sides as well, without a
# word: every cat of the other file is a dog. save_to_disk and load_from_disk keep each side's own names, and cast() changes the names and
# leaves the numbers. This program reads each file's numbers by the names in that file.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile datasets==5.2.0 pyarrow==26.0.1
HF_HOME="$folder/home" HF_HUB_OFFLINE=1 venv/bin/python - 2>/dev/null <<'PY'
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value, concatenate_datasets, load_dataset, load_from_disk

TEXTS, RIGHT = ["a cat", "a dog"], [("a cat", "cat"), ("a dog", "dog")]
WRONG = [("a cat", "dog"), ("a dog", "cat")]


def side(*names):
    features = Features({"text": Value("string"), "label": ClassLabel(names=list(names))})
    return Dataset.from_dict({"text": TEXTS, "label": ["cat", "dog"]}, features=features)


def named(side):
    label = side.features["label"]
    return [(text, label.int2str(number)) for text, number in zip(side["text"], side["label"])]


train, test = side("cat", "dog"), side("dog", "cat")
assert named(train) == named(test) == RIGHT
train.to_parquet("train.parquet")
test.to_parquet("test.parquet")
assert named(Dataset.from_parquet("test.parquet", cache_dir="alone")) == RIGHT, "changed: a file alone"

sides = load_dataset("parquet", data_files={"train": "train.parquet", "test": "test.parquet"}, cache_dir="sides")
assert named(sides["train"]) == RIGHT
assert named(sides["test"]) == WRONG, f"changed: two sides {named(sides['test'])}"
both = Dataset.from_parquet(["train.parquet", "test.parquet"], cache_dir="both")
assert named(both) == RIGHT + WRONG, f"changed: two files of one side {named(both)}"

try:
    concatenate_datasets([train, test])
except ValueError as error:
    assert "can't be aligned" in str(error), f"changed: {error}"
else:
    raise SystemExit("changed: concatenate_datasets joins them")
DatasetDict(train=train, test=test).save_to_disk("saved")
assert named(load_from_disk("saved")["test"]) == RIGHT, "changed: load_from_disk"
print("as described: the first file's names for both; in the other, cats are dogs")
PY
