"""Exports whose pictures answer several questions: one is taken, another may be meant, and a person can choose."""

import csv
import json

import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.summary import summarise
from tests.support.tool_exports import ALL, fiftyone_labels, pictures, written

SHARP = ("sharp", "blurred")
DOUBT = "The export answers several questions; the labels are those of {!r}, and {} may be meant: --read label=NAME takes another."


def answered(root):
    """A row for each picture: its file, its class, and whether it is sharp; questions in the order in which a person answered."""
    for row, (name, _, file) in enumerate(pictures(root / "upload")):
        answers = {"species": name, "quality": SHARP[row % 2]}
        yield f"/data/upload/{file}", dict(list(answers.items())[:: 1 if row else -1])


def tasks(root):
    def result(name, value):
        return {"from_name": name, "type": "choices", "value": {"choices": [value]}}

    found = [
        {"data": {"image": image}, "annotations": [{"result": [result(*each) for each in answers.items()]}]}
        for image, answers in answered(root)
    ]
    return written(root / "tasks.json", found)


def rows(root):
    own = {"annotation_id": 1, "lead_time": 2.5, "stars": [{"rating": 4}], "camera": "a"}
    return written(root / "min.json", [{"image": image, **own, **answers} for image, answers in answered(root)])


def table(root):
    with (root / "export.csv").open("w", newline="") as stream:
        lines = csv.DictWriter(stream, ["annotation_id", "image", "lead_time", "note", "quality", "species", "stars"])
        lines.writeheader()
        own = {"annotation_id": 1, "lead_time": 2.5, "stars": '[{"rating":4}]'}
        lines.writerows(
            [
                {**own, "note": f"{row} seen", "image": image} | answers
                for row, (image, answers) in enumerate(answered(root))
            ]
        )
    return root / "export.csv"


def samples(root):
    found = [
        {
            "filepath": image.removeprefix("/data/"),
            "model": {"_cls": "Classification", "label": SHARP[row % 2], "confidence": 0.5},
            **{name: {"_cls": "Classification", "label": answer} for name, answer in sorted(answers.items())},
        }
        for row, (image, answers) in enumerate(answered(root))
    ]
    return written(root / "samples.json", {"samples": found})


@pytest.mark.parametrize(
    ("make", "taken", "others"),
    [
        (tasks, "quality", "species"),
        (rows, "quality", "camera, species"),
        (table, "quality", "note, species"),
        (samples, "quality", "model, species"),
    ],
)
def test_of_several_questions_one_is_taken_and_doubted_and_another_can_be_chosen(make, taken, others, tmp_path):
    path = make(tmp_path)
    found = summarise(open_dataset(str(path)))
    assert DOUBT.format(taken, others) in found["warnings"]
    assert set(found["classes"]) == set(SHARP)
    for place in (path, tmp_path):
        found = summarise(open_dataset(f"{place}?label=species"))
        assert (found["classes"], found["warnings"]) == (ALL, [])
    with pytest.raises(ExplorerError, match=r"There is no label 'kind'; choose one of: "):
        open_dataset(f"{path}?label=kind")


def test_an_export_without_questions_leaves_nothing_to_choose(tmp_path):
    fiftyone_labels(tmp_path)
    with pytest.raises(ExplorerError, match=r"FiftyOne, labels.json leaves nothing to choose by label=species"):
        open_dataset(f"{tmp_path}?label=species")


def test_parts_in_a_short_export_are_no_answers(tmp_path):
    row = {
        "image": "a.png",
        "annotation_id": 1,
        "lead_time": 1,
        "box": json.dumps([{"x": 1, "rectanglelabels": ["cat"]}]),
    }
    with pytest.raises(ExplorerError, match="marks parts of pictures \\(rectanglelabels\\)"):
        open_dataset(str(written(tmp_path / "min.json", [row])))
