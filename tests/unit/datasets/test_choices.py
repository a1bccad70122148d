"""Where data can be read in several ways, the names to choose from are offered, and a choice is what is read."""

import json
import pickle

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.choices import UnclearError
from explorer.datasets.summary import choosable, summarise
from tests.support.container_files import arrays, encoded, shard
from tests.support.hostile_data import put
from tests.support.layouts import pictures, table

HEAP = pictures("images/{kind}{n}.jpg", 4)
# A picture with its species, its family, and a fold of four.
LINES = [(name, name[7:10], "wild" if "fox" in name else "pet", n % 4) for n, name in enumerate(HEAP)]
WORDS = ("path", "species", "family", "fold")
FINE = [name.encode() for name in ("apple", "bear", "cat", "dog")]


def table_file(folder, hinted=True):
    """A Parquet table with a column of fine labels, one of coarse ones, and one of folds."""
    features = {
        "fine_label": {"_type": "ClassLabel", "names": [name.decode() for name in FINE]},
        "coarse_label": {"_type": "ClassLabel", "names": ["plant", "animal"]},
    }
    note = {"huggingface": json.dumps({"info": {"features": features}})} if hinted else {}
    fine = [row % 4 for row in range(16)]
    columns = {"image": [encoded(row) for row in range(16)]}
    columns |= {"fine_label": fine, "coarse_label": [int(value > 0) for value in fine]}
    columns |= {"fold": [row // 4 for row in range(16)]}
    columns = columns if hinted else {"image": columns["image"], "kind": fine, "where": columns["fold"]}
    path = folder / "birds.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns).replace_schema_metadata(note), path)
    return path


def hundred(folder):
    """Batches of CIFAR-100's form, with fine and coarse labels."""
    for name, start in (("train", 0), ("test", 100)):
        pixels, labels = arrays(start, labels=FINE)
        batch = {b"data": pixels.transpose(0, 3, 1, 2).reshape(16, -1), b"fine_labels": labels.tolist()}
        batch |= {b"coarse_labels": [int(label > 0) for label in labels]}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    names = {b"fine_label_names": FINE, b"coarse_label_names": [b"plant", b"animal"]}
    (folder / "meta").write_bytes(pickle.dumps(names, protocol=2))
    return folder


def hundred_binary(folder):
    """The same in the binary version."""
    for name, start in (("train.bin", 0), ("test.bin", 100)):
        pixels, labels = arrays(start, labels=FINE)
        big = np.repeat(np.repeat(pixels, 2, axis=1), 2, axis=2).transpose(0, 3, 1, 2).reshape(16, -1)
        (folder / name).write_bytes(np.column_stack([labels > 0, labels, big]).astype(np.uint8).tobytes())
    (folder / "fine_label_names.txt").write_bytes(b"\n".join(FINE))
    (folder / "coarse_label_names.txt").write_text("plant\nanimal\n")
    return folder


def shards(folder):
    """A shard whose JSON members have a fine and a coarse label."""
    beside = [json.dumps({"label": row, "coarse": row // 2, "width": 16}) for row in range(3)]
    shard(folder / "birds.tar", 0, label="json", value=beside.__getitem__)
    return folder / "birds.tar"


def numbers(folder):
    """Arrays with two kinds of labels a side."""
    pixels, labels = arrays(0)
    found = {"train_images": pixels, "train_labels_fine": labels, "train_labels_coarse": labels // 2}
    found |= {"test_images": pixels[::3], "test_labels_fine": labels[::3], "test_labels_coarse": labels[::3] // 2}
    np.savez(folder / "birds.npz", **found)
    return folder / "birds.npz"


def a_list(folder):
    """A list with two columns of labels and one of folds."""
    return put(folder, HEAP | {"birds.csv": table(WORDS, LINES)}) / "birds.csv"


def beside(folder):
    """The same list in a folder beside the pictures."""
    return a_list(folder).parent


def hugging_face(folder):
    """The same as a metadata file of Hugging Face's form."""
    return put(folder, HEAP | {"metadata.csv": table(("file_name", *WORDS[1:]), LINES)})


def copies(folder):
    """Two copies of the same classes."""
    return put(folder, pictures("colour/{kind}/{n}.png", 3) | pictures("grey/{kind}/{n}.png", 3))


def two_levels(folder):
    """Class folders that hold folders with names of their own."""
    pairs = (("mammals", "cat"), ("mammals", "dog"), ("birds", "owl"), ("birds", "hawk"))
    return put(
        folder,
        {
            f"{outer}/{name}": content
            for outer, kind in pairs
            for name, content in pictures("{kind}/{n}.png", 4, (kind,)).items()
        },
    )


def folders_and_list(folder):
    """Class folders beside a list that says other things."""
    heap = pictures("{kind}/{n}.png", 4)
    return put(folder, heap | {"birds.csv": table(("path", "label"), [(name, "ab"[name[-5] > "1"]) for name in heap])})


LISTED = {"label": ("species", {"species", "family"}), "split": ("", {"family", "fold"})}
FINE_COARSE = {"label": ("fine_labels", {"fine_labels", "coarse_labels"})}
# What makes the data; by key what is read and what is offered; a choice, and the classes that it gives.
READINGS = [
    (a_list, LISTED, "label=family", {"pet", "wild"}),
    (beside, LISTED, "label=family", {"pet", "wild"}),
    (hugging_face, LISTED, "label=family", {"pet", "wild"}),
    (a_list, LISTED, "split=fold&test=3", {"cat", "dog", "fox"}),
    (table_file, {"label": ("fine_label", {"fine_label", "coarse_label"}), "split": ("", {"fold"})}, "label=coarse_label", {"plant", "animal"}),
    (table_file, {"label": ("fine_label", {"fine_label", "coarse_label"}), "split": ("", {"fold"})}, "split=fold&test=3", {"apple", "bear", "cat", "dog"}),
    (hundred, FINE_COARSE, "label=coarse_labels", {"plant", "animal"}),
    (hundred_binary, FINE_COARSE, "label=coarse_labels", {"plant", "animal"}),
    (numbers, {"label": ("labels_fine", {"labels_fine", "labels_coarse"})}, "label=labels_coarse", {"0", "1"}),
    (shards, {"label": ("label", {"label", "coarse"})}, "label=coarse", {"0", "1"}),
    (copies, {"folder": ("", {"colour", "grey"})}, "folder=grey", {"cat", "dog", "fox"}),
    (two_levels, {"classes": ("folders", {"folders", "inner"})}, "classes=inner", {"cat", "dog", "owl", "hawk"}),
    (folders_and_list, {"classes": ("folders", {"folders", "list"})}, "classes=list", {"a", "b"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "offered", "choice", "classes"), READINGS, ids=lambda value: getattr(value, "__name__", "")
)
def test_what_can_be_chosen_is_offered_by_name_and_read(tmp_path, make, offered, choice, classes):
    path = make(tmp_path)
    found = open_dataset(str(path))
    assert {offer.key: (offer.taken, {*offer.values}) for offer in found.offers} == offered
    chosen = open_dataset(f"{path}?{choice}")
    assert {*chosen.class_names} == classes
    assert open_dataset(chosen.name).digest == chosen.digest != found.digest  # its name opens it again
    if "split" in choice:
        assert len(chosen.test.labels) == len(chosen.train.labels) // 3
        assert next(offer for offer in found.offers if offer.key == "split").tests["fold"] == ["0", "1", "2", "3"]


def test_the_command_line_says_which_option_takes_what(tmp_path):
    found = summarise(open_dataset(str(hundred(tmp_path))))
    assert found["choices"][0]["values"]["coarse_labels"] == "2 values: plant, animal"
    assert choosable(found) == ["to choose: label=fine_labels is read; --read label=coarse_labels"]


def test_data_with_one_reading_offer_nothing(tmp_path):
    assert open_dataset(str(put(tmp_path, pictures("{kind}/{n}.png")))).offers == ()


UNCLEAR = [
    (lambda folder: put(folder, HEAP | {"x.csv": table(("q17", "q18"), [(line[0].removesuffix(".jpg"), line[1]) for line in LINES for _ in (1, 2)])}) / "x.csv",
     "no columns 'path' and 'label'", {"path": {"q17", "q18"}, "label": {"q17", "q18"}}),
    (lambda folder: put(folder, pictures("images/{n}.jpg", 8, ("x",)) | {"x.csv": table(("q17", "q18", "q19"), [(f"{n}.jpg", "ab"[n % 2], "xy"[n // 4]) for n in range(8)])}),
     "no column of labels|their labels are missing", {"path": {"q17", "q18", "q19"}, "label": {"q18", "q19"}}),
    (lambda folder: f"{a_list(folder)}?split=fold&test=9", "no test picture", {"label": {"species", "family"}, "split": {"family", "fold"}}),
    (lambda folder: table_file(folder, hinted=False), "no column of labels", {"label": {"kind", "where"}}),
]  # fmt: skip


@pytest.mark.parametrize(("make", "sentence", "offered"), UNCLEAR, ids=("list", "folder", "wrong part", "table"))
def test_data_that_need_a_choice_say_which_there_are(tmp_path, make, sentence, offered):
    with pytest.raises(UnclearError, match=sentence) as refused:
        open_dataset(str(make(tmp_path)))
    assert {offer.key: {*offer.values} for offer in refused.value.offers} == offered


@pytest.mark.parametrize("make", [a_list, beside, hugging_face, table_file, hundred, numbers])
def test_a_column_that_is_not_there_is_never_replaced_by_another(tmp_path, make):
    with pytest.raises(ExplorerError, match=r"has no column|no list or table whose|no labels called"):
        open_dataset(f"{make(tmp_path)}?label=kingdom")


@pytest.mark.parametrize("make", [a_list, table_file])
def test_a_part_for_testing_that_is_not_there_is_refused(tmp_path, make):
    with pytest.raises(ExplorerError, match=r"no test picture|No row has"):
        open_dataset(f"{make(tmp_path)}?split=fold&test=9")


@pytest.mark.parametrize("source", ["list", "names"])
def test_classes_that_are_to_come_from_where_there_are_none_are_refused(tmp_path, source):
    folder = put(tmp_path, pictures("{kind}/{n}.png"))
    with pytest.raises(ExplorerError, match=f"leave classes={source} out"):
        open_dataset(f"{folder}?classes={source}")
