"""Pictures that have a label in two places: nobody is told nothing where the two say different things."""

import io
import json
import re
import tarfile
from datetime import datetime

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from explorer.datasets import open_dataset
from tests.support.container_files import NAMES, arrays, encoded
from tests.support.hostile_data import put
from tests.support.layouts import table as csv_table

COUNT = 36
CLASSES = [NAMES[row % 3] for row in range(COUNT)]
NUMBERS = [str(row % 3) for row in range(COUNT)]
# The label of the last picture but one is another one: no sample of the first pictures shows it.
ONE_OTHER = [*CLASSES[:-2], NAMES[0], CLASSES[-1]]


def shards(root, folder=lambda row: "", **members):
    """A shard in which each picture has members by their endings; ``json_KEY`` is a key of the JSON member."""
    with tarfile.open(root / "a.tar", "w") as archive:
        for row in range(COUNT):
            found = {"png": encoded(row)}
            known = {name.removeprefix("json_"): values[row] for name, values in members.items() if "json_" in name}
            found |= {"json": json.dumps(known).encode()} if any(value != "" for value in known.values()) else {}
            plain = {name: values[row] for name, values in members.items() if "json_" not in name}
            found |= {name: value.encode() for name, value in plain.items() if value}
            for ending, content in found.items():
                info = tarfile.TarInfo(f"{folder(row)}{row:04d}.{ending}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return root / "a.tar"


def described(name, *classes):
    return {name: {"_type": "ClassLabel", "names": list(classes)}}


def table(columns, features=None):
    made = pyarrow.table({"image": [encoded(row) for row in range(COUNT)]} | columns)
    return made.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features or {}}})})


def parquet(root, columns, features=None):
    pyarrow.parquet.write_table(table(columns, features), root / "a.parquet", row_group_size=7)
    return root / "a.parquet"


def saved(root, columns, features=None):
    found = table(columns, features)
    with (
        pyarrow.OSFile(str(root / "data-00000-of-00001.arrow"), "wb") as sink,
        pyarrow.ipc.new_stream(sink, found.schema) as writer,
    ):
        writer.write_table(found, max_chunksize=7)
    for note in ("dataset_info.json", "state.json"):
        (root / note).write_text("{}")
    return root


def numbers(root, **labels):
    np.savez(root / "a.npz", images=arrays(0, each=COUNT // 3)[0], **labels)
    return root / "a.npz"


def listed(root, *columns):
    """A list of pictures beside it, with columns of these names and values."""
    rows = [(f"{row}.png", *(values[row] for _, values in columns)) for row in range(COUNT)]
    files = {name: encoded(row) for row, (name, *_) in enumerate(rows)}
    return put(root, files | {"list.csv": csv_table(("path", *(name for name, _ in columns)), rows)}) / "list.csv"


def own_dictionaries(values):
    """A column in two parts, each of which numbers its words in its own order."""
    return pyarrow.chunked_array([pyarrow.array(part).dictionary_encode() for part in (values[:7], values[7:])])


COARSE = ["wild" if name == "fox" else "pet" for name in CLASSES]
TURNED = {"cat": "dog", "dog": "fox", "fox": "cat"}
SWAPPED = [TURNED[name] for name in CLASSES]
RENUMBERED = [str((row + 1) % 3) for row in range(COUNT)]
AGES = [("young", "old")[row % 4 > 1] for row in range(COUNT)]

# What makes the data; what is said of the two places; the option that confirms what is taken, and the one that takes the other.
DISAGREEING = [
    (lambda root: shards(root, cls=CLASSES, json_label=ONE_OTHER),
     r"'cls' and 'label' say different things of 1 of 36 pictures, such as a/0034\.png \(dog, and cat\); 'cls' is taken", "cls", "label"),
    (lambda root: shards(root, cls=CLASSES, txt=ONE_OTHER), r"'cls' and 'txt' say different things of 1 of 36", "cls", "txt"),
    (lambda root: shards(root, cls=NUMBERS, json_label=ONE_OTHER), r"\(1, and cat\)", "cls", "label"),
    (lambda root: shards(root, cls=NUMBERS, json_cls=[NAMES.index(one) for one in ONE_OTHER], txt=NUMBERS),
     r"'cls' and 'json\.cls' say different things", "cls", "json.cls"),
    (lambda root: shards(root, cls=CLASSES, json_label=CLASSES, txt=ONE_OTHER), r"'cls' and 'txt' say different", "cls", "txt"),
    (lambda root: shards(root, json_label=CLASSES, json_category=ONE_OTHER), r"'label' and 'category' say", "label", "category"),
    (lambda root: shards(root, cls=CLASSES, txt=SWAPPED), r"of 36 of 36 pictures, such as a/0000\.png \(cat, and dog\)", "cls", "txt"),
    (lambda root: shards(root, cls=COARSE, json_label=CLASSES), r"'label' is finer than 'cls' \(3 and 2 labels\), which is taken", "cls", "label"),
    (lambda root: parquet(root, {"species": ["cat" if one == "fox" else one for one in CLASSES], "breed": CLASSES}),
     r"'breed' is finer than 'species'", "species", "breed"),
    (lambda root: parquet(root, {"label": CLASSES, "target": ONE_OTHER}),
     r"'label' and 'target' say different things of 1 of 36 pictures \(dog, and cat\); 'label' is taken", "label", "target"),
    (lambda root: saved(root, {"label": CLASSES, "target": ONE_OTHER}), r"'label' and 'target' say different things of 1 of 36", "label", "target"),
    (lambda root: parquet(root, {"age": [int(one == "old") for one in AGES], "kind": [NAMES.index(one) for one in CLASSES]},
                          described("age", "young", "old") | described("kind", *NAMES)),
     r"'age' and 'kind' say different things of \d+ of 36 pictures \(young, and \w+\)", "age", "kind"),
    (lambda root: listed(root, ("label", CLASSES), ("class", SWAPPED)), r"'label' and 'class' say different things of 36 of 36 pictures \(cat, and dog\); 'label' is taken", "label", "class"),
    (lambda root: listed(root, ("label", CLASSES), ("class", NUMBERS), ("target", ONE_OTHER)),
     r"'label' and 'target' say different things of 1 of 36 pictures \(dog, and cat\)", "label", "target"),
    (lambda root: listed(root, ("species", COARSE), ("breed", CLASSES)), r"'breed' is finer than 'species' \(3 and 2 labels\)", "species", "breed"),
    (lambda root: listed(root, ("category", COARSE), ("sub_category", CLASSES)), r"'sub_category' is finer than 'category'", "category", "sub_category"),
    (lambda root: numbers(root, labels=np.array(NUMBERS, int), targets=np.array([NAMES.index(one) for one in ONE_OTHER])),
     r"'labels' and 'targets' say different things of 1 of 36 pictures \(1, and 0\); 'labels' is taken", "labels", "targets"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "said", "taken", "other"), DISAGREEING)
def test_two_labels_that_say_different_things_are_doubted(make, said, taken, other, tmp_path):
    path = make(tmp_path)
    (doubt,) = open_dataset(str(path)).warnings
    assert re.search(said, doubt), doubt
    assert f"--read label={other} takes the other" in doubt
    confirmed, turned = (open_dataset(f"{path}?label={name}") for name in (taken, other))
    assert not confirmed.warnings
    assert not turned.warnings
    assert confirmed.digest == open_dataset(str(path)).digest != turned.digest


AGREEING = [
    lambda root: shards(root, cls=NUMBERS, json_label=CLASSES, txt=CLASSES),
    lambda root: shards(root, cls=CLASSES, txt=[f"picture number {row}" for row in range(COUNT)]),
    lambda root: shards(root, cls=CLASSES, json_category=COARSE),
    lambda root: shards(root, cls=CLASSES, json_width=[16 + row % 5 for row in range(COUNT)]),
    lambda root: shards(root, cls=CLASSES, json_label=[*CLASSES[:20], *[""] * 16]),
    lambda root: parquet(root, {"label": NUMBERS, "target": CLASSES}),
    lambda root: listed(root, ("label", CLASSES), ("class", NUMBERS), ("target", CLASSES)),
    lambda root: saved(root, {"fine_label": CLASSES, "coarse_label": COARSE}),
    lambda root: listed(root, ("fine_label", CLASSES), ("coarse_label", COARSE)),
    lambda root: listed(root, ("label", CLASSES), ("category", COARSE)),
    lambda root: numbers(root, labels=np.array(NUMBERS, int), targets=np.array(CLASSES)),
    lambda root: parquet(root, {"label": CLASSES, "target": [row % 4 / 2 for row in range(COUNT)]}),
    lambda root: parquet(root, {"label": CLASSES, "y": [*range(1000, 1000 + COUNT)]}),
    lambda root: parquet(root, {"label": CLASSES, "category": [("train", "test")[row % 2] for row in range(COUNT)]}),
    lambda root: parquet(root, {"label": CLASSES, "target": [datetime(2020, 1, 1 + row % 4) for row in range(COUNT)]}),
    lambda root: numbers(root, labels=np.array(NUMBERS, int), targets=np.arange(COUNT)),
    lambda root: shards(root, cls=CLASSES, txt=[f"a {('photo', 'drawing')[row % 2]} of it" for row in range(COUNT)]),
    lambda root: shards(root, cls=CLASSES, index=[str(row % 5) for row in range(COUNT)]),
    lambda root: parquet(root, {"label": NUMBERS, "target": RENUMBERED}),
    lambda root: listed(root, ("label", NUMBERS), ("class", RENUMBERED)),
    lambda root: parquet(root, {"label": CLASSES, "species": ["cat" if one == "fox" else one for one in CLASSES]}),
    lambda root: shards(root, lambda row: CLASSES[row].replace("fox", "cat") + "/", cls=CLASSES),
    lambda root: shards(root, cls=[*CLASSES[:18], *[""] * 18], json_label=[*[""] * 18, *CLASSES[18:]]),
    lambda root: parquet(root, {"label": CLASSES, "labels": [[0.1, 0.9]] * COUNT, "category": [{"a": 1}] * COUNT}),
    lambda root: saved(root, {"label": CLASSES, "target": [[one] for one in CLASSES]}),
    lambda root: saved(root, {"label": own_dictionaries(CLASSES), "target": own_dictionaries(CLASSES)}),
]


@pytest.mark.parametrize("make", AGREEING)
def test_two_labels_that_say_the_same_are_not(make, tmp_path):
    assert not open_dataset(str(make(tmp_path))).warnings


def test_numbers_of_coarser_classes_beside_those_that_have_names_are_no_contradiction(tmp_path):
    path = shards(tmp_path, cls=NUMBERS, json_category=[int(number) // 2 for number in NUMBERS])
    (tmp_path / "classes.txt").write_text("\n".join(NAMES))
    found = open_dataset(str(path))
    assert (found.class_names, found.warnings) == (NAMES, ())


def test_pictures_whose_labels_stand_in_different_places_are_doubted(tmp_path):
    path = shards(tmp_path, cls=[*NUMBERS[:24], *[""] * 12], json_label=[*[""] * 24, *CLASSES[24:]])
    found = open_dataset(str(path))
    assert "24 pictures have their label in 'cls', 12 in 'label', and each is read where it stands" in found.warnings[0]
    assert len(open_dataset(f"{path}?label=cls").class_names) == 3


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_shard_without_pictures_is_read_by_workers(place, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_SHARDED_FROM", "10")
    shards(tmp_path, cls=CLASSES, json_label=ONE_OTHER)
    with tarfile.open(tmp_path / ("0.tar" if place == "first" else "b.tar"), "w") as archive:
        archive.addfile(tarfile.TarInfo("note.cls"))
    (doubt,) = open_dataset(str(tmp_path)).warnings
    assert "'cls' and 'label' say different things of 1 of 36 pictures" in doubt


def test_a_picture_below_the_name_of_another_class_is_doubted(tmp_path):
    path = shards(tmp_path, lambda row: f"{ONE_OTHER[row]}/", cls=CLASSES)
    (doubt,) = open_dataset(str(path)).warnings
    assert (
        "1 of 36 pictures lies in the folder of another class than the label says, such as a/cat/0034.png (dog)"
        in doubt
    )
    assert not open_dataset(f"{path}?label=cls").warnings
    assert not open_dataset(str(shards(tmp_path, lambda row: f"{row % 2:02d}/", cls=CLASSES))).warnings


@pytest.mark.parametrize("write", [parquet, saved])
def test_a_picture_whose_path_in_a_table_names_another_class_is_doubted(write, tmp_path):
    def made(root, folders):
        root.mkdir()
        cells = [{"bytes": encoded(row), "path": f"{folders[row]}/{row}.png"} for row in range(COUNT)]
        return write(root, {"image": cells, "label": CLASSES})

    (doubt,) = open_dataset(str(path := made(tmp_path / "other", ONE_OTHER))).warnings
    assert "1 of 36 pictures lies in the folder of another class than the label says, such as cat/34.png (dog)" in doubt
    assert not open_dataset(f"{path}?label=label").warnings
    assert not open_dataset(str(made(tmp_path / "same", CLASSES))).warnings
    assert not open_dataset(str(made(tmp_path / "no classes", [f"{row % 2:02d}" for row in range(COUNT)]))).warnings
