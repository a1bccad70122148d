"""Lists in other forms and letters than a CSV with names in UTF-8: without names, as JSON, from clouds and labelling tools."""

import json

import pyarrow
import pyarrow.parquet
import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.readers.tables.lines import names_of
from explorer.datasets.summary import summarise
from tests.support.hostile_data import put, zipped
from tests.support.layouts import KINDS, picture, table

# Pictures whose names say nothing, three of each kind and two more of each for testing.
PAIRS = [(f"{number:03d}x.png", KINDS[number % 3]) for number in range(15)]
HEAP = {f"images/{name}": picture(name) for name, _ in PAIRS}
WORDS = {"cat": "chaton", "dog": "chiên", "fox": "föx"}
FRENCH = [(name, WORDS[label]) for name, label in PAIRS]
SIDES = [("train", "train", "train", "test", "test")[number // 3] for number in range(15)]


def objects(*lines):
    """Return JSON, an object a line."""
    return b"\n".join(json.dumps(line).encode() for line in lines)


def whole(content):
    """Return one JSON value."""
    return json.dumps(content).encode()


def truth(name, label, **notes):
    """Return a line of AWS Ground Truth's manifest."""
    note = {"class-name": label, "confidence": 0.9, "type": "groundtruth/image-classification"}
    return {"source-ref": f"s3://bucket/{name}", "job": KINDS.index(label), "job-metadata": note | notes}


def vertex(name, *labels, side="training"):
    """Return a line of Vertex AI's import file."""
    notes = [{"displayName": label} for label in labels]
    kind = {"classificationAnnotation": notes[0]} if len(notes) == 1 else {"classificationAnnotations": notes}
    return {
        "imageGcsUri": f"gs://b/{name}",
        **kind,
        "dataItemResourceLabels": {"aiplatform.googleapis.com/ml_use": side},
    }


def labelbox(name, *labels):
    """Return a line of Labelbox's export."""
    answers = [{"name": "animal", "radio_answer": {"name": label}} for label in labels]
    return {
        "data_row": {"external_id": name},
        "projects": {"p": {"labels": [{"annotations": {"classifications": answers}}]}},
    }


# The list's name and content; numbers of pictures for training and testing.
READ = {
    "no names": ("a.csv", table((), PAIRS), (12, 3)),
    "no names, label first": ("a.csv", table((), [pair[::-1] for pair in PAIRS]), (12, 3)),
    "no names, sides": ("a.csv", table((), [(*pair, side) for pair, side in zip(PAIRS, SIDES, strict=True)]), (9, 6)),
    "no names, text": ("labels.txt", table((), PAIRS, " "), (12, 3)),
    "no names, .lst": ("a.lst", table((), [(row, f"{KINDS.index(label)}.000", name) for row, (name, label) in enumerate(PAIRS)], "\t"), (12, 3)),
    "AutoML": ("import.csv", table((), [(side.upper(), f"gs://b/{name}", label) for (name, label), side in zip(PAIRS, SIDES, strict=True)]), (9, 6)),
    "AutoML, no sides": ("import.csv", table((), [("UNASSIGNED", f"gs://b/{name}", label) for name, label in PAIRS]), (12, 3)),
    "UTF-16 without a mark": ("a.csv", table(("file", "label"), PAIRS).decode().encode("utf-16-le"), (12, 3)),
    "objects": ("labels.json", whole([{"image": name, "label": label} for name, label in PAIRS]), (12, 3)),
    "objects around them": ("d.json", whole({"version": 1, "data": [{"image": name, "label": [label]} for name, label in PAIRS]}), (12, 3)),
    "names by file": ("labels.json", whole(dict(PAIRS)), (12, 3)),
    "files by class": ("labels.json", whole({kind: [name for name, label in PAIRS if label == kind] for kind in KINDS}), (12, 3)),
    "columns": ("d.json", whole({"image": {row: name for row, (name, _) in enumerate(PAIRS)}, "label": {row: label for row, (_, label) in enumerate(PAIRS)}}), (12, 3)),
    "lists by side": ("split.json", whole({side: [[name, KINDS.index(label), label] for (name, label), own in zip(PAIRS, SIDES, strict=True) if own == side] for side in ("train", "test")}), (9, 6)),
    "remarks above": ("a.csv", b"# exported\nsep=;\n" + table(("file", "label"), PAIRS, ";"), (12, 3)),
    "German": ("a.csv", table(("Datei", "Klasse", "Ort"), [(*pair, "Wald") for pair in PAIRS], ";"), (12, 3)),
    "Chinese": ("a.csv", table(("文件名", "类别"), PAIRS), (12, 3)),
    "lines called .json": ("a.json", objects(*({"image": name, "label": label} for name, label in PAIRS)), (12, 3)),
    "one value called .jsonl": ("a.jsonl", whole([{"image": name, "label": label} for name, label in PAIRS]), (12, 3)),
    "lists of one by file": ("a.json", whole({name: [label] for name, label in PAIRS}), (12, 3)),
    "objects by number": ("a.json", whole({row: {"image": name, "label": label} for row, (name, label) in enumerate(PAIRS)}), (12, 3)),
    "names by file within": ("a.json", whole({"version": 1, "annotations": dict(PAIRS)}), (12, 3)),
    "Ground Truth": ("output.manifest", objects(*(truth(*pair) for pair in PAIRS)), (12, 3)),
    "Vertex": ("data.jsonl", objects(*(vertex(*pair, side=side) for pair, side in zip(PAIRS, SIDES, strict=True))), (9, 6)),
    "Labelbox": ("export.ndjson", objects(*(labelbox(*pair) for pair in PAIRS)), (12, 3)),
    "Prodigy": ("p.jsonl", objects(*({"image": name, "accept": [label], "answer": "accept"} for name, label in PAIRS)), (12, 3)),
    "Create ML": ("_annotations.createml.json", whole([{"image": name, "annotations": [{"label": label}]} for name, label in PAIRS]), (12, 3)),
    "boxes beside the label": ("b.jsonl", objects(*({"image": name, "label": label, "annotations": [{"label": "box", "bbox": [1, 2, 3, 4]}]} for name, label in PAIRS)), (12, 3)),
    "Ultralytics": ("data.ndjson", objects({"type": "dataset", "task": "classify", "class_names": dict(enumerate(KINDS))}, *({"type": "image", "file": name, "split": side, "annotations": {"classification": [KINDS.index(label)]}} for (name, label), side in zip(PAIRS, SIDES, strict=True))), (9, 6)),
    "Doccano": ("d.jsonl", objects(*({"filename": name, "label": [label]} for name, label in PAIRS)), (12, 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("given", ["file", "folder"])
def test_a_list_in_another_form_is_read(tmp_path, name, given):
    file, content, counts = READ[name]
    put(tmp_path / "set", HEAP | {file: content})
    facts = summarise(open_dataset(str(tmp_path / "set" / file if given == "file" else tmp_path / "set")))
    numbers = file.endswith(".lst")
    assert set(facts["classes"]) == ({"0", "1", "2"} if numbers else set(KINDS))
    assert (facts["splits"]["train"]["pictures"], facts["splits"]["test"]["pictures"]) == counts
    assert not facts["warnings"]
    assert not facts["left_out"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_letters_of_windows_are_read_and_doubted(tmp_path, separator):
    french = table(("file", "label"), FRENCH, separator).decode().encode("cp1252")
    put(tmp_path / "set", HEAP | {"list.csv": french})
    found = open_dataset(str(tmp_path / "set"))
    assert set(found.class_names) == set(WORDS.values())
    (doubt,) = found.warnings
    assert "list.csv is not in UTF-8" in doubt
    assert "(chiên, föx)" in doubt


def test_letters_of_windows_that_are_in_no_label_are_no_doubt(tmp_path):
    rows = [(name, label, "Größe") for name, label in PAIRS]
    put(tmp_path / "set", HEAP | {"list.csv": table(("file", "label", "Maß"), rows).decode().encode("cp1252")})
    assert not open_dataset(str(tmp_path / "set")).warnings


def test_a_text_of_a_side_in_letters_of_windows_is_doubted(tmp_path):
    put(tmp_path / "set", HEAP | {"train.txt": table((), FRENCH, " ").decode().encode("cp1252")})
    found = open_dataset(str(tmp_path / "set"))
    assert set(found.class_names) == set(WORDS.values())
    assert "train.txt is not in UTF-8" in found.warnings[0]


AGAIN = (PAIRS[0][0], "dog")
ALSO = [*PAIRS, AGAIN]
# The list's name and content; parts of the doubt.
DOUBTED = {
    "two labels": ("a.csv", table(("file", "label"), ALSO), "(cat, then dog); the first is taken"),
    "two labels, text": ("train.txt", table((), ALSO, " "), "(cat, then dog); the first is taken"),
    "two labels, export": ("p.json", whole([{"image": f"/data/upload/{name}", "choice": label, "annotation_id": row, "id": row} for row, (name, label) in enumerate(ALSO)]), "(cat, then dog); the first is taken"),
    "two sides": ("a.csv", table(("file", "label", "split"), [*((*pair, side) for pair, side in zip(PAIRS, SIDES, strict=True)), (*PAIRS[0], "test")]), "(train, then test); the first is taken"),
    "lines that may not be true": ("a.csv", table(("ImageID", "LabelName", "Confidence"), [(*pair, row % 2) for row, pair in enumerate(PAIRS)]), "a column 'Confidence' of 0 and 1"),
    "more cells than names": ("a.csv", table(("file", "label"), [(*pair, "pet") for pair in PAIRS]), "15 lines have more cells than there are names"),
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTED)
def test_what_a_list_says_twice_or_beside_its_columns_is_doubted(tmp_path, name):
    file, content, part = DOUBTED[name]
    put(tmp_path / "set", HEAP | {file: content})
    assert part in " ".join(open_dataset(str(tmp_path / "set")).warnings)


def test_numbers_with_gaps_in_a_column_called_like_a_measure_are_doubted(tmp_path):
    files = {f"images/{row}x.png": picture(row) for row in range(50)}
    rows = [(f"{row}x.png", row % 25 * 3) for row in range(50)]
    put(tmp_path / "set", files | {"list.csv": table(("file", "target"), rows)})
    (doubt,) = open_dataset(str(tmp_path / "set")).warnings
    assert "'target' of list.csv has 25 numbers with gaps" in doubt
    assert not open_dataset(f"{tmp_path / 'set'}?label=target").warnings
    put(tmp_path / "whole", files | {"list.csv": table(("file", "target"), [(file, row // 3) for file, row in rows])})
    assert not open_dataset(str(tmp_path / "whole")).warnings


# The list's name and content; a part of what is said.
REFUSED = {
    "several labels, Vertex": ("data.jsonl", objects(*(vertex(name, label, "pet") for name, label in PAIRS)), "but 2 values"),
    "several labels by file": ("d.json", whole({name: [label, "pet"] for name, label in PAIRS}), "but 2 values"),
    "two pictures a line": ("a.csv", table(("left", "right", "label"), [(name, name, label) for name, label in PAIRS]), "no columns 'path' and 'label'"),
    "captions": ("a.csv", table(("file", "caption"), PAIRS), "no column of labels"),
    "several labels, Doccano": ("d.jsonl", objects(*({"filename": name, "label": [label, "pet"]} for name, label in PAIRS)), "but 2 values"),
    "boxes alone": ("b.jsonl", objects(*({"image": name, "annotations": [{"label": label, "bbox": [1, 2, 3, 4]}]} for name, label in PAIRS)), "has no column of labels.* It has: image, annotations"),
    "boxes without names": ("a.csv", table((), [(name, 1, 2, 3, 4, label) for name, label in PAIRS]), "several columns may be the labels"),
    "refused answers": ("p.jsonl", objects(*({"image": name, "label": label, "answer": "reject"} for name, label in PAIRS)), "it has no label"),
    "JSON of other things": ("d.json", whole({"epochs": 3, "classes": list(KINDS)}), "is no export that is known"),
    "deep JSON": ("d.json", b'[{"image": ' + b"[" * 50_000, "is no export that is known"),
    "a number of digits": ("d.json", b'[{"image": "a.png", "label": ' + b"9" * 5000 + b"}]", "is no export that is known"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_list_of_other_things_is_refused_in_a_sentence(tmp_path, name):
    file, content, part = REFUSED[name]
    put(tmp_path / "set", HEAP | {file: content})
    with pytest.raises(ExplorerError, match=part):
        open_dataset(str(tmp_path / "set" / file))


def test_what_a_person_refused_is_no_label(tmp_path):
    lines = [
        {"image": name, "label": label, "answer": "reject" if row < 3 else "accept"}
        for row, (name, label) in enumerate(PAIRS)
    ]
    put(tmp_path / "set", HEAP | {"p.jsonl": objects(*lines)})
    found = open_dataset(str(tmp_path / "set" / "p.jsonl"))
    assert len(found.train.labels) + len(found.test.labels) == 12
    assert [one.reason for one in found.skipped] == ["it has no label"] * 3


def test_a_table_beside_a_list_names_its_numbers(tmp_path):
    numbers = table(("file", "label"), [(name, KINDS.index(label)) for name, label in PAIRS])
    names = table(("class_id", "name", "family"), [(row, kind, "pet") for row, kind in enumerate(KINDS)])
    put(tmp_path / "set", HEAP | {"train.csv": numbers, "classes.csv": names})
    assert open_dataset(str(tmp_path / "set")).class_names == KINDS


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("test.csv", table(("id", "filename"), [(row, f"test_{row}.png") for row in range(9)])),
        ("patients.csv", table(("patient_id", "name"), [(row, f"Person {row}") for row in range(9)])),
        ("labels.json", json.dumps({row: f"test_{row}.png" for row in range(9)}).encode()),
        ("captions.json", json.dumps({row: f"a creature {row}" for row in range(9)}).encode()),
    ],
)
@pytest.mark.parametrize("given", ["set", "set/train.csv"])
def test_pictures_and_people_that_are_numbered_beside_a_list_name_no_class(file, content, given, tmp_path):
    numbers = table(("file", "label"), [(name, KINDS.index(label)) for name, label in PAIRS])
    put(tmp_path / "set", HEAP | {"train.csv": numbers, file: content})
    assert open_dataset(str(tmp_path / given)).class_names == ("0", "1", "2")


def test_a_list_called_as_names_are_does_not_name_its_own_classes(tmp_path):
    files = {f"images/a{row}x.png": picture(row) for row in range(15)}
    rows = [(row, f"a{row}x", row % 3) for row in range(15)]
    put(tmp_path, files | {"labels.csv": table(("number", "id", "label"), rows)})
    assert open_dataset(str(tmp_path)).class_names == ("0", "1", "2")


def test_a_list_in_parquet_beside_its_pictures_is_read(tmp_path):
    put(tmp_path, HEAP)
    rows = pyarrow.table({"image": [name for name, _ in PAIRS], "label": [label for _, label in PAIRS]})
    pyarrow.parquet.write_table(rows, tmp_path / "list.parquet")
    found = open_dataset(str(tmp_path))
    assert (found.class_names, found.layout) == (KINDS, "a list beside the pictures: list.parquet")


def test_the_names_of_a_table_in_parquet_are_read_without_its_rows(tmp_path, monkeypatch):
    pyarrow.parquet.write_table(pyarrow.table({"image": ["a"], "bytes": [b"?"], "label": [0]}), tmp_path / "a.parquet")
    monkeypatch.setattr(pyarrow.parquet.ParquetFile, "iter_batches", None)
    assert names_of(tmp_path / "a.parquet") == ["image", "label"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_list_beside_class_folders_is_doubted_alike_in_any_form(ending, tmp_path):
    rows = [(f"{kind}/{n}.png", n % 2) for kind in KINDS for n in range(5)]
    put(tmp_path, {name: picture(name) for name, _ in rows})
    names, labels = zip(*rows, strict=True)
    if ending == "csv":
        put(tmp_path, {"predictions.csv": table(("filename", "target"), rows)})
    else:
        pyarrow.parquet.write_table(
            pyarrow.table({"filename": names, "target": labels}), tmp_path / "predictions.parquet"
        )
    (said,) = open_dataset(str(tmp_path)).warnings
    assert f"predictions.{ending} groups" in said


def test_hugging_faces_list_in_parquet_is_read(tmp_path):
    put(tmp_path / "set", {name: picture(name) for name, _ in PAIRS})
    rows = pyarrow.table(
        {"file_name": [name for name, _ in PAIRS], "label": [label for _, label in PAIRS], "thumb": [b"?"] * len(PAIRS)}
    )
    pyarrow.parquet.write_table(rows, tmp_path / "set" / "metadata.parquet")
    found = open_dataset(str(tmp_path / "set"))
    assert (found.class_names, found.warnings) == (KINDS, ())
    (tmp_path / "set" / "metadata.parquet").write_bytes(b"PAR1")
    with pytest.raises(ExplorerError, match="labels are missing"):
        open_dataset(str(tmp_path / "set"))


def test_a_manifest_in_an_archive_is_read(tmp_path):
    packed = zipped(HEAP | {"output.manifest": objects(*(truth(*pair) for pair in PAIRS))})
    (tmp_path / "set.zip").write_bytes(packed)
    assert open_dataset(str(tmp_path / "set.zip")).class_names == KINDS
