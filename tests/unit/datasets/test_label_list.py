"""Lists of pictures: CSV, JSON Lines and Hugging Face's metadata; hostile lines are left out, the others are used."""

import csv
import io
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.assembly import MADE
from tests.support.hostile_data import GOOD, IDS, good, ids, opened, put, reasons, zipped

ROWS = [(name, name.partition("/")[0]) for name in GOOD]
EVIL = {"cat/evil.png": good("evil", 1)}


def table(rows, header=("path", "label"), separator=","):
    """Return rows as CSV."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator).writerows([header, *rows])
    return stream.getvalue().encode("utf-8", "surrogatepass")


def lines(rows, header=("path", "label")):
    """Return rows as JSON Lines."""
    return "\n".join(json.dumps(dict(zip(header, row, strict=True))) for row in rows).encode()


FORMS = {
    "UTF-16": ("a.csv", table(ROWS, separator="\t").decode().encode("utf-16")),
    "CSV": ("a.csv", table(ROWS)),
    "CSV of a spreadsheet": ("a.csv", b"\xef\xbb\xbf" + table(ROWS, ("Path", " Label "), ";").replace(b"\n", b"\r\n")),
    "other columns": ("a.csv", table([(1, *row) for row in ROWS], ("id", "file_name", "class"))),
    "JSON Lines": ("A.JSONL", b"\n" + lines(ROWS) + b"\n\n"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_list_is_the_folder_that_it_names(good_folder, tmp_path, name):
    file, content = FORMS[name]
    put(good_folder, {file: content})
    found = opened(good_folder / file, tmp_path)
    assert (found.digest, found.skipped) == (open_dataset(str(good_folder)).digest, ())
    assert (found.name, found.title, found.facts) == (str(good_folder / file), file[:1], {"split": MADE})


def test_numbers_are_labels_and_splits_are_kept(good_folder, tmp_path):
    sides = ["train", "Training", "val", "train", "", "valid"]
    rows = [(name, len(label), side) for (name, label), side in zip(ROWS, sides, strict=True)]
    for file, write in (("a.csv", table), ("a.jsonl", lines)):
        put(good_folder, {file: write(rows, ("path", "label", "split"))})
        found = opened(good_folder / file, tmp_path)
        assert (found.class_names, len(found.train.ids), len(found.test.ids)) == (("3", "5"), 4, 2)


def test_validation_pictures_are_left_out_where_there_are_test_pictures(good_folder, tmp_path):
    sides = ["train", "val", "test"] * 2
    rows = [(*row, side) for row, side in zip(ROWS, sides, strict=True)]
    put(good_folder, {"a.csv": table(rows, ("path", "label", "split"))})
    found = opened(good_folder / "a.csv", tmp_path)
    assert (len(found.train.ids), len(found.test.ids)) == (2, 2)
    assert found.facts == {"split": "as the list gives it", "pictures left out": "those for validation"}


# Hugging Face's layout


def hugging(where, sides=("",)):
    """Return pictures in one heap a side, and a list beside them."""
    files = {}
    for side in sides:
        for row, content in enumerate(GOOD.values()):
            files[f"{side}{row}.png"] = content if side != "test/" else content + b"test"
        rows = [(f"{row}.png", name.partition("/")[0]) for row, name in enumerate(GOOD)]
        files[f"{side}{where}"] = (table if where.endswith("csv") else lines)(rows, ("file_name", "label"))
    return files


@pytest.mark.parametrize("where", ["metadata.csv", "metadata.jsonl"])
def test_a_folder_with_metadata_is_read_by_it(tmp_path, good_folder, where):
    found = opened(put(tmp_path / "hf", hugging(where)), tmp_path)
    assert (ids(found), found.class_names, found.title) == (IDS, ("cat", "doggy"), "hf")
    split = opened(put(tmp_path / "split", hugging(where, ("train/", "test/"))), tmp_path)
    assert (set(split.train.ids), len(split.test.ids), split.facts["split"]) == (IDS, 6, "as the list gives it")
    packed = opened(put(tmp_path, {"hf.zip": zipped(hugging(where))}) / "hf.zip", tmp_path)
    assert packed.digest == found.digest


def test_one_list_may_name_pictures_in_folders_of_the_splits(tmp_path, good_folder):
    rows = [(f"{side}/{name}", label) for side in ("train", "test") for name, label in ROWS]
    files = {f"{side}/{name}": content + side.encode() for side in ("train", "test") for name, content in GOOD.items()}
    put(tmp_path / "hf", files | {"metadata.csv": table(rows, ("file_name", "label"))})
    found = opened(tmp_path / "hf", tmp_path)
    assert (len(found.train.ids), len(found.test.ids)) == (6, 6)


@pytest.mark.parametrize("content", [b"file_name,text\n1.png,a cat\n", b"\xff\xfe", b"", b'"' * 200_000])
def test_metadata_without_labels_leaves_a_folder_as_it_is(good_folder, tmp_path, content):
    before = open_dataset(str(good_folder)).digest
    put(good_folder, {"metadata.csv": content, "metadata.jsonl": content})
    assert opened(good_folder, tmp_path).digest == before


# Hostile lines: the reason why each is here, what it says, what is said of it

LONG = "x" * 300
LINES = {
    "up": ("it leaves the folder", ("../outside/fox/secret.png", "cat"), "its path leaves the folder"),
    "up inside": ("it hides behind a folder", ("cat/../../outside/x.png", "cat"), "its path leaves the folder"),
    "absolute": ("it names its place", ("/etc/passwd", "cat"), "its path leaves the folder"),
    "home": ("a shell would expand it", ("~/secret.png", "cat"), "no such file"),
    "address": ("nothing is fetched", ("https://example.org/a.png", "cat"), "no such file"),
    "UNC": ("a share on Windows", ("\\\\host\\share\\a.png", "cat"), "no such file"),
    "nothing": ("the picture was deleted", ("cat/gone.png", "cat"), "no such file"),
    "folder": ("it is no picture", ("cat", "cat"), "no such file"),
    "NUL": ("C ends a name there", ("cat/evil.png\0.txt", "cat"), "letters that no file's name has"),
    "long name": ("longer than a disk allows", (f"cat/{LONG}.png", "cat"), "no such file"),
    "very long path": ("longer than the system allows", ("cat/" * 2000, "cat"), "no such file"),
    "no path": ("a cell is empty", ("", "cat"), "it names no picture"),
    "no label": ("a cell is empty", ("cat/evil.png", " "), "it has no label"),
    "label with separator": ("a copy would be written above", ("cat/evil.png", "../../cat"), "holds a path separator"),
    "label with backslash": ("the same on Windows", ("cat/evil.png", "a\\b"), "holds a path separator"),
    "label up": ("it is a folder's parent", ("cat/evil.png", ".."), "holds a path separator"),
    "long label": ("it is a folder's name elsewhere", ("cat/evil.png", LONG), "no name of at most 200"),
    "label of two lines": ("it would break a table", ("cat/evil.png", "cat\ndog"), "no name of at most 200"),
    "listed twice": ("counted twice it would weigh double", ("cat/0.png", "cat"), "listed twice"),
    "two labels": ("which of them is meant?", ("cat/../cat/0.png", "doggy"), "listed before, as cat"),
    "list itself": ("it is no picture", ("a.csv", "cat"), "no known format|it is empty"),
    "linked out": ("a link inside leads out", ("cat/link.png", "cat"), "leads outside"),
}


@pytest.mark.parametrize("name", LINES, ids=lambda name: f"{name}: {LINES[name][0]}")
def test_a_hostile_line_is_left_out_with_its_reason(good_folder, tmp_path, name):
    _, row, reason = LINES[name]
    put(good_folder, EVIL)
    put(tmp_path / "outside", {"fox/secret.png": good("secret", 1)})
    (good_folder / "cat/link.png").symlink_to(tmp_path / "outside/fox/secret.png")
    for file, write in (("a.csv", table), ("a.jsonl", lines)):
        put(good_folder, {"a.csv": b"", file: write([*ROWS, row])})
        found = opened(good_folder / file, tmp_path)
        assert re.search(reason, reasons(found) or "nothing")
        assert (ids(found), len(found.skipped), found.class_names) == (IDS, 1, ("cat", "doggy"))


OBJECTS = {
    "no JSON": ("a line cut short", '{"path": "cat/evil', "it is no object"),
    "a list": ("another kind of JSON", '["cat/evil.png", "cat"]', "it is no object"),
    "deep": ("a parser's stack would overflow", "[" * 100_000, "it is no object"),
    "many digits": ("Python refuses to read them", '{"path": "cat/evil.png", "label": ' + "9" * 5000 + "}", "it is no object"),
    "a large number": ("no class is called so", '{"path": "cat/evil.png", "label": 1e400}', "neither text nor a whole number"),
    "no number": ("NaN equals nothing", '{"path": "cat/evil.png", "label": NaN}', "neither text nor a whole number"),
    "a path of parts": ("a list as a path", '{"path": ["cat", "evil.png"], "label": "cat"}', "neither text nor a whole number"),
    "half a letter": ("it cannot be written as UTF-8", '{"path": "cat/evil.png", "label": "\\ud800"}', "printable bytes"),
    "half a letter in a path": ("no file is called so", '{"path": "\\ud800.png", "label": "cat"}', "letters that no file's name has"),
    "unknown split": ("a typing error", '{"path": "cat/evil.png", "label": "cat", "split": "tarin"}', "none of train, test, val"),
}  # fmt: skip


@pytest.mark.parametrize("name", OBJECTS, ids=lambda name: f"{name}: {OBJECTS[name][0]}")
def test_a_hostile_object_is_left_out_with_its_reason(good_folder, tmp_path, name):
    _, line, reason = OBJECTS[name]
    put(good_folder, EVIL | {"a.jsonl": lines(ROWS) + b"\n" + line.encode()})
    found = opened(good_folder / "a.jsonl", tmp_path)
    assert re.search(reason, reasons(found) or "nothing")
    assert (ids(found), len(found.skipped)) == (IDS, 1)


REFUSED = {
    "no columns": ("a.csv", b"where,what\ncat/0,cat\n", r"has no columns 'path' and 'label'; give both.*It has: where, what\.$"),
    "no labels": ("a.csv", b"name,what\ncat/0.png,cat\n", r"has no column of labels; name the column by --read label=COLUMN.*It has: name, what\.$"),
    "no names": ("a.csv", table([(*row, "in") for row in ROWS], (*ROWS[0], "out")), r"has no line of column names, and several columns may be the labels: it begins with 'cat/0.png,cat,out'; .*--read label=COLUMN. It has: path, column 2, column 3"),
    "several marked": ("a.csv", b"image_id,red,round\ncat/0.png,1,1\ncat/1.png,0,0\n", "marks several classes, or none, for a picture"),
    "empty": ("a.csv", b"", "has no columns 'path' and 'label'"),
    "not UTF-8": ("a.csv", table(ROWS) + b"\x81\x8d", "is no list in UTF-8 that can be read"),
    "endless cell": ("a.csv", table([*ROWS, ("x" * 200_000, "cat")]), "is no list in UTF-8 that can be read"),
    "no line": ("a.jsonl", b"", r"holds 0 labels; at least two are needed, one a class\.$"),
    "one label": ("a.csv", table(ROWS[:3]), r"holds 1 labels; at least two are needed, one a class. The only one is 'cat'; name another column by --read label=COLUMN"),
    "all train": ("a.csv", table([(*row, "train") for row in ROWS], ("path", "label", "split")), "has no test picture"),
    "strange": ("a.csv", table([(*ROWS[0], "train"), (*ROWS[3], "train"), ("cat/1.png", "fox", "test")], ("path", "label", "split")), "classes without training pictures: fox"),
    "other ending": ("a.pages", table(ROWS), r"a\.pages is no data set; give a folder of class folders, or a file whose name ends in \.zip,"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_list_is_refused_in_a_sentence(good_folder, name):
    file, content, sentence = REFUSED[name]
    with pytest.raises(ExplorerError, match=sentence) as refused:
        open_dataset(str(put(good_folder, {file: content}) / file))
    assert "\n" not in str(refused.value)


def test_a_longer_list_than_any_is_refused(good_folder, monkeypatch):
    monkeypatch.setattr("explorer.datasets.readers.label_list.MOST_FILES", 5)
    with pytest.raises(ExplorerError, match=r"a\.csv has more than 5 lines; give a shorter list"):
        open_dataset(str(put(good_folder, {"a.csv": table(ROWS)}) / "a.csv"))
    monkeypatch.setattr("explorer.datasets.readers.label_list.MOST_BYTES", 0)
    with pytest.raises(ExplorerError, match=r"a\.csv has more than 0 MB; give a shorter list"):
        open_dataset(str(good_folder / "a.csv"))


@pytest.mark.parametrize("file", ["a.csv", "a.jsonl"])
def test_a_line_is_never_held_whole_however_long(good_folder, monkeypatch, file):
    monkeypatch.setattr("explorer.datasets.readers.tables.lines.LONGEST", 2**20)
    content = table(ROWS) if file == "a.csv" else b'{"path": "cat/0.png", "label": "a"}\n' * 3
    path = put(good_folder, {file: content + b"x" * 2**21}) / file
    with pytest.raises(ExplorerError, match=r"has a line of more than 1 MB; give a list of one picture a line"):
        open_dataset(str(path))


# Lists that nobody thought of

odd = st.text(max_size=20) | st.sampled_from(
    ["../x", "/etc/passwd", "cat/0.png", "cat", "..", "\ud800", "a" * 300, "=1+1"]
)
values = odd | st.none() | st.booleans() | st.integers() | st.floats() | st.lists(st.integers(), max_size=2)
records = st.dictionaries(st.sampled_from(["path", "label", "split", "file_name"]), values, max_size=4) | values
few = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def told(path, outside):
    """Return the ids of what a list gives; where it is refused, the lines of the sentence but the first."""
    try:
        return ids(opened(path, outside))
    except ExplorerError as error:
        return set(str(error).split("\n")[1:])


@few
@given(st.lists(records, max_size=4), st.integers(0, 2))
def test_any_objects_give_good_pictures_or_a_sentence(good_folder, tmp_path, strange, known):
    content = "\n".join([*map(json.dumps, strange), lines(ROWS[:known] + ROWS[3 : 3 + known]).decode()])
    put(good_folder, {"a.jsonl": content.encode()})
    assert told(good_folder / "a.jsonl", tmp_path) <= IDS


@few
@given(st.binary(max_size=60) | odd.map(lambda text: text.encode("utf-8", "surrogatepass")), st.booleans())
def test_any_bytes_are_a_list_or_a_sentence(good_folder, tmp_path, content, headed):
    put(good_folder, {"a.csv": (table(ROWS) if headed else b"") + content})
    assert told(good_folder / "a.csv", tmp_path) <= IDS
