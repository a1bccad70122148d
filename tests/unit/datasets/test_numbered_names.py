"""Numbers of classes beside a list of names: counted from 0 or from 1 by all numbers together, and doubted where nothing tells."""

import io
import pickle
import re
import tarfile

import numpy as np
import pytest

from explorer.datasets import open_dataset
from explorer.datasets.readers.tables.numbered_names import named_by_lines, named_numbers
from explorer.datasets.summary import summarise
from tests.support.container_files import NAMES, arrays, encoded
from tests.support.hostile_data import put

CASES = [
    ({"0", "2"}, {"0": "cat", "2": "fox"}, ""),
    ({"1", "3"}, {"1": "cat", "3": "fox"}, ""),
    ({"1", "2"}, {"1": "dog", "2": "fox"}, r"has the number 0 or 3, so nothing tells whether the 3 names \(cat, dog, fox\) are counted from 0 or from 1; they are counted from 0, so that 1 is dog"),
    ({"0", "3"}, {}, r"go from 0 to 3, and there are 3 names of classes \(cat, dog, fox\), so that none is used"),
    ({"7"}, {}, "go from 7 to 7, and there are 3 names"),
    ({"cat", "1"}, {"1": "dog"}, "counted from 0"),
    ({"cat"}, {}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("labels", "named", "said"), CASES)
def test_numbers_are_counted_by_all_of_them(labels, named, said):
    found, doubts = named_numbers(labels, NAMES)
    assert found == named
    assert len(doubts) == bool(said)
    for doubt in doubts:
        assert re.search(said, doubt)


def batches(root):
    """CIFAR's batches of the second and the third class alone, whose numbers begin with 0 by the format."""
    images, numbers = arrays(0)
    for name, rows in (("data_batch_1", slice(4, 12)), ("test_batch", slice(6, 10))):
        pixels = images[rows].transpose(0, 3, 1, 2).reshape(len(images[rows]), -1)
        batch = {b"data": pixels, b"labels": numbers[rows].tolist()}
        (root / name).write_bytes(pickle.dumps(batch, protocol=2))
    (root / "batches.meta").write_bytes(pickle.dumps({b"label_names": [name.encode() for name in NAMES]}, protocol=2))


def test_a_format_that_counts_from_0_is_not_doubted_where_its_first_class_is_missing(tmp_path):
    batches(tmp_path)
    found = open_dataset(str(tmp_path))
    assert (found.class_names, found.warnings) == (("dog", "fox"), ())


def shard(path, numbers, start):
    with tarfile.open(path, "w") as archive:
        for row, number in enumerate(numbers):
            for ending, content in (("png", encoded(start + row)), ("cls", b"%d" % number)):
                info = tarfile.TarInfo(f"{row:04d}.{ending}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))


def shards(root, train, test):
    shard(root / "train-0.tar", train, 0)
    shard(root / "test-0.tar", test, 500)
    (root / "classes.txt").write_text("\n".join(NAMES))


def numbers(root, train, test):
    images = arrays(0, each=len(train))[0]
    found = {"x_train": images[: len(train)], "y_train": np.array(train), "class_names": np.array(NAMES)}
    np.savez(root / "a.npz", x_test=images[len(train) : len(train) + len(test)], y_test=np.array(test), **found)


def texts(root, train, test):
    pairs = {
        side: [(f"p{start + row}.png", row, number) for row, number in enumerate(some)]
        for side, some, start in (("train", train, 0), ("val", test, 500))
    }
    files = {f"images/{name}": encoded(int(name[1:-4])) for some in pairs.values() for name, _, _ in some}
    files |= {
        f"{side}.txt": "".join(f"{name} {number}\n" for name, _, number in some).encode()
        for side, some in pairs.items()
    }
    put(root, files | {"classes.txt": "\n".join(NAMES).encode()})


def a_list(root, train, test):
    lines = [(f"p{row}.png", number) for row, number in enumerate((*train, *test))]
    files = {f"images/{name}": encoded(int(name[1:-4])) for name, _ in lines}
    head = "path,label\n" + "".join(f"{name},{number}\n" for name, number in lines)
    put(root, files | {"labels.csv": head.encode(), "classes.txt": "\n".join(NAMES).encode()})


@pytest.mark.parametrize("make", [shards, numbers, texts, a_list])
def test_both_sides_count_alike(make, tmp_path):
    make(tmp_path, [1, 2, 3] * 6, [1, 2] * 3)
    found = open_dataset(str(tmp_path))
    assert found.class_names == NAMES
    assert not found.warnings
    counts = np.bincount(np.concatenate([found.train.labels, found.test.labels])).tolist()
    assert counts == [9, 9, 6]


@pytest.mark.parametrize("make", [shards, numbers, texts])
def test_numbers_that_may_be_counted_from_0_or_from_1_are_doubted(make, tmp_path):
    make(tmp_path, [1, 2] * 6, [1, 2] * 3)
    found = open_dataset(str(tmp_path))
    assert found.class_names == NAMES[1:]
    (doubt,) = found.warnings
    assert doubt.startswith("No picture has the number 0 or 3")


def test_numbers_of_a_list_stay_where_nothing_tells_how_they_are_counted(tmp_path):
    a_list(tmp_path, [1, 2] * 6, [1, 2] * 3)
    found = open_dataset(str(tmp_path))
    assert found.class_names == ("1", "2")
    assert not found.warnings


@pytest.mark.parametrize("make", [shards, numbers])
def test_numbers_beyond_the_names_use_none(make, tmp_path):
    make(tmp_path, [0, 1, 5] * 4, [0, 1, 5])
    found = summarise(open_dataset(str(tmp_path)))
    assert [*found["classes"]] == ["0", "1", "5"]
    assert "The numbers of the labels go from 0 to 5, and there are 3 names" in found["warnings"][0]


TURNED = ["1", "2", "0"]


@pytest.mark.parametrize(("labels", "names"), [(np.eye(3, dtype=int)[[0, 1, 2] * 4], TURNED), (np.array(TURNED * 4), TURNED), (np.array(["3", "5", "7"] * 4), ["3", "5", "7"])])  # fmt: skip
def test_labels_that_are_names_are_given_no_others(labels, names, tmp_path):
    np.savez(tmp_path / "a.npz", images=arrays(0, each=4)[0], labels=labels, class_names=np.array(names))
    found = open_dataset(str(tmp_path / "a.npz"))
    sides = (found.train, found.test)
    read = {
        side.pictures.name_of(row): found.class_names[label] for side in sides for row, label in enumerate(side.labels)
    }
    assert read == {f"all/{row}": names[row % 3] for row in range(12)}
    assert not found.warnings


@pytest.mark.parametrize("kind", ["U1", "S1"])
def test_numbers_of_arrays_that_are_text_have_names(kind, tmp_path):
    images, numbers = arrays(0)
    np.savez(tmp_path / "a.npz", images=images, labels=numbers.astype(kind), class_names=np.array(NAMES))
    found = open_dataset(str(tmp_path / "a.npz"))
    assert (found.class_names, found.warnings) == (NAMES, ())


LINES = [
    ({"0", "1", "2"}, "2 fox, 0 cat, 1 dog", {"0": "cat", "1": "dog", "2": "fox"}, ""),
    ({"1", "2"}, "1 cat, 2 dog, 3 fox", {"1": "cat", "2": "dog"}, ""),
    ({"0", "1", "2"}, "3 fox, 1 cat, 2 dog", {"0": "cat", "1": "dog", "2": "fox"}, ""),
    ({"0", "1", "2"}, "0 cat, 5 dog, 9 fox", {}, r"begin with numbers \(0, 5, 9\), and some labels have others"),
    ({"0", "1", "2"}, "3 star, 4 star, 5 star", {"0": "3 star", "1": "4 star", "2": "5 star"}, ""),
    ({"0", "1", "2"}, "2. fox, 0. cat, 1. dog", {"0": "cat", "1": "dog", "2": "fox"}, ""),
    ({"0", "1", "2"}, "fox 2, cat 0, dog 1", {"0": "cat", "1": "dog", "2": "fox"}, ""),
    ({"0", "1"}, "Boeing 737, Airbus 320", {"0": "Boeing 737", "1": "Airbus 320"}, ""),
    ({"0", "1"}, "# in two parts, cat, dog", {"0": "cat", "1": "dog"}, ""),
    ({"0", "1", "2"}, "# in ASCII, !, #, $", {"0": "!", "1": "#", "2": "$"}, ""),
    ({"0", "1", "2"}, "#, $, # %", {"0": "#", "1": "$", "2": "# %"}, ""),
    ({"1", "2"}, "0 grade 1, 1 grade 2, 2 grade 3", {"1": "grade 2", "2": "grade 3"}, ""),
    ({"0", "1"}, "id name, 1 dog, 0 cat", {"0": "cat", "1": "dog"}, ""),
    ({"0", "1", "2"}, "background, 1 cat, 2 dog", {"0": "background", "1": "1 cat", "2": "2 dog"}, ""),
    ({"0", "1", "2"}, "crane, crane, fox", {"0": "crane 0", "1": "crane 1", "2": "fox"}, ""),
    ({"0", "1"}, "a.png 0, b.png 1, c.png 0", {}, ""),
    ({"0", "1"}, "path label, a.jpg 0, b.jpg 1", {}, ""),
    ({"0", "1"}, "a 0, b 1, c 0", {}, ""),
    ({"0", "1"}, "0 0.3 0.2, 1 0.4 0.2, 1 0.4 0.1", {}, ""),
    ({"0", "1"}, "Model S 2012, Model X 2012", {"0": "Model S 2012", "1": "Model X 2012"}, ""),
    ({"0", "1"}, "room 1, room 0", {"0": "room 1", "1": "room 0"}, ""),
    ({"0", "1", "2"}, "ant, 7 spot ladybird, fox", {"0": "ant", "1": "7 spot ladybird", "2": "fox"}, ""),
]


LINES += [({"0", "1"}, ", ".join(form.format(*pair) for pair in (("1", "dog"), ("0", "a cat"))), {"0": "a cat", "1": "dog"}, "")
          for form in ("{0} {1}", "{0}: {1}", "{0}={1}", "{0} = {1}", "{0} - {1}", "{0} -> {1}", "({0}) {1}", "{0}. {1}", "{1} = {0}", "{1}: {0}", "{1} ({0})", "{1} -> {0}")]  # fmt: skip


@pytest.mark.parametrize(("labels", "lines", "named", "said"), LINES)
def test_the_number_before_a_name_is_that_of_its_class(labels, lines, named, said):
    found, doubts = named_by_lines(labels, lines.split(", "))
    assert found == named
    assert len(doubts) == bool(said)
    assert re.search(said, "".join(doubts))


@pytest.mark.parametrize("given", ["", "labels.txt"])
def test_a_list_called_as_names_are_is_none_of_names(given, tmp_path):
    files = {f"p{row}.png": encoded(row) for row in range(12)}
    lines = "".join(f"{name} {row % 3}\n" for row, name in enumerate(files)).encode()
    assert open_dataset(str(put(tmp_path, files | {"labels.txt": lines}) / given)).class_names == ("0", "1", "2")


def test_names_of_pictures_beside_texts_of_sides_are_none_of_classes(tmp_path):
    texts(tmp_path, [0, 1, 2] * 4, [0, 1, 2])
    (tmp_path / "classes.txt").write_text("".join(f"p{row}\n" for row in range(12)))
    assert open_dataset(str(tmp_path)).class_names == ("0", "1", "2")


@pytest.mark.parametrize("make", [shards, texts, a_list])
def test_numbered_lines_in_another_order_name_their_own_numbers(make, tmp_path):
    make(tmp_path, [0] * 6 + [1] * 3 + [2] * 3, [0, 1, 2])
    (tmp_path / "classes.txt").write_text("2 fox\n0 cat\n1 dog\n")
    found = open_dataset(str(tmp_path))
    counts = np.bincount(np.concatenate([found.train.labels, found.test.labels])).tolist()
    assert dict(zip(found.class_names, counts, strict=True)) == {"cat": 7, "dog": 4, "fox": 4}
    assert not found.warnings


def test_folders_name_numbers_where_a_list_of_names_leaves_them_open(tmp_path):
    rows = [(side, f"{name}/{start + row}.png", number) for side, start in (("train", 0), ("val", 500)) for row in range(4) for number, name in enumerate(NAMES, 1)]  # fmt: skip
    files = {f"images/{name}": encoded(row) for row, (_, name, _) in enumerate(rows)}
    for side in ("train", "val"):
        files[f"{side}.txt"] = "".join(f"{name} {number}\n" for own, name, number in rows if own == side).encode()
    put(tmp_path, files | {"classes.txt": "\n".join([*NAMES, "owl", "zebra"]).encode()})
    found = open_dataset(str(tmp_path))
    assert found.class_names == NAMES
    assert not found.warnings
