"""What labelling tools export is read by its documented form, and what marks parts of pictures is refused by name."""

import csv
import re

import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.tools.references import PictureFinder, plain_path
from explorer.datasets.summary import summarise
from tests.support.container_files import NAMES, encoded
from tests.support.tool_exports import ALL, SPLIT, fiftyone_labels, pictures, written


def choices(name, cancelled=False):
    value = {"value": {"choices": [name]}, "from_name": "choice", "to_name": "image", "type": "choices"}
    return {"id": 1, "was_cancelled": cancelled, "result": [value]}


def label_studio(root):
    tasks = [
        {"id": row, "data": {"image": f"/data/upload/1/{file}"}, "annotations": [choices("wrong", True), choices(name)]}
        for row, (name, _, file) in enumerate(pictures(root / "upload/1", "1a2b3c4d-"))
    ]
    return written(
        root / "project-1.json", [*tasks, {"id": 99, "data": {"image": "/data/upload/1/x.png"}, "annotations": []}]
    )


def label_studio_folder(root):
    label_studio(root)


def label_studio_originals(root):
    rows = [
        {
            "image": f"/data/upload/7/0badf00d-{file}",
            "id": 1,
            "choice": name,
            "annotator": 1,
            "annotation_id": 3,
            "created_at": "x",
            "updated_at": "x",
            "lead_time": 2.5,
        }
        for name, _, file in pictures(root / "originals")
    ]
    return written(root / "min.json", rows)


def label_studio_local_files(root):
    rows = [
        {
            "photo": f"/data/local-files/?d=pets/{file}",
            "animal": name,
            "id": 1,
            "annotator": 1,
            "annotation_id": 3,
            "lead_time": 2.5,
        }
        for name, _, file in pictures(root / "pets")
    ]
    return written(root / "min.json", rows)


def label_studio_csv(root, separator=","):
    path = root / ("export.csv" if separator == "," else "export.tsv")
    with path.open("w", newline="") as stream:
        table = csv.writer(stream, delimiter=separator)
        table.writerow(["annotation_id", "annotator", "choice", "created_at", "id", "image", "lead_time", "updated_at"])
        for name, number, file in pictures(root / "upload/1"):
            table.writerow([number, 1, name, "x", number, f"/data/upload/1/{file}", 3.1, "x"])
    return path


def label_studio_csv_folder(root):
    label_studio_csv(root)


def label_studio_cloud(root):
    tasks = [
        {"data": {"image": f"s3://bucket/pets%20of%20mine/{file}"}, "annotations": [choices(name)]}
        for name, _, file in pictures(root / "pets of mine")
    ]
    return written(root / "tasks.json", tasks)


def fiftyone_samples(root):
    samples = [
        {
            "filepath": f"data/{file}",
            "tags": ["train" if number < 3 else "test"],
            "ground_truth": {"_cls": "Classification", "label": name},
        }
        for name, number, file in pictures(root / "data")
    ]
    written(root / "metadata.json", {"name": "pets"})
    written(root / "samples.json", {"samples": samples})


def fiftyone_by_sides(root):
    for side, numbers in (("train", (0, 1, 2)), ("validation", (3, 4))):
        found = [(name, number, file) for name, number, file in pictures(root / side / "data")]
        for _, number, file in found:
            if number not in numbers:
                (root / side / "data" / file).unlink()
        labels = {file.removesuffix(".png"): NAMES.index(name) for name, number, file in found if number in numbers}
        written(root / side / "labels.json", {"classes": list(NAMES), "labels": labels})


def cvat(root):
    images = "".join(
        f'<image id="1" name="{file}" subset="{"Train" if number < 3 else "Validation"}"><tag label="{name}" source="manual"></tag></image>'
        for name, number, file in pictures(root / "images")
    )
    return written(
        root / "annotations.xml",
        f'<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>{images}</annotations>',
    )


def roboflow(root):
    for side in ("train", "valid"):
        with_classes = list(pictures(root / side))
        lines = [
            f"{file}, {', '.join(str(int(name == other)) for other in NAMES)}"
            for name, number, file in with_classes
            if (number < 3) == (side == "train")
        ]
        for _, number, file in with_classes:
            if (number < 3) != (side == "train"):
                (root / side / file).unlink()
        written(root / side / "_classes.csv", "\n".join([f"filename, {', '.join(NAMES)}", *lines]))


def datumaro(root):
    items = {"train": [], "test": []}
    for name, number, file in pictures(root / "images"):
        label = {"id": 0, "type": "label", "label_id": NAMES.index(name)}
        items["train" if number < 3 else "test"].append({"id": file, "annotations": [label], "image": {"path": file}})
    (root / "annotations").mkdir()
    for side, some in items.items():
        categories = {"label": {"labels": [{"name": name} for name in NAMES]}}
        written(root / f"annotations/{side}.json", {"categories": categories, "items": some})


def coco_with_classes(root):
    found = [(name, number, file) for name, number, file in pictures(root / "pictures")]
    categories = [{"id": row, "name": name} for row, name in enumerate(NAMES)]
    for side in ("train", "val"):
        rows = [row for row, (_, number, _) in enumerate(found) if (number < 3) == (side == "train")]
        images = [{"id": row, "file_name": f"pictures/{found[row][2]}"} for row in rows]
        annotations = [{"id": row, "image_id": row, "category_id": NAMES.index(found[row][0])} for row in rows]
        written(root / f"{side}2019.json", {"images": images, "annotations": annotations, "categories": categories})


READ = [
    (label_studio, "Label Studio, JSON", ALL, "no label"),
    (label_studio_folder, "Label Studio, JSON", ALL, "no label"),
    (label_studio_originals, "Label Studio, JSON-MIN", ALL, ""),
    (label_studio_local_files, "Label Studio, JSON-MIN", ALL, ""),
    (label_studio_csv, "Label Studio, CSV", ALL, ""),
    (lambda root: label_studio_csv(root, "\t"), "Label Studio, TSV", ALL, ""),
    (label_studio_csv_folder, "Label Studio, CSV", ALL, ""),
    (label_studio_cloud, "Label Studio, JSON", ALL, ""),
    (fiftyone_labels, "FiftyOne, labels.json", ALL, "no label"),
    (fiftyone_samples, "'ground_truth'", SPLIT, ""),
    (fiftyone_by_sides, "FiftyOne, labels.json", SPLIT, ""),
    (cvat, "CVAT", SPLIT, ""),
    (roboflow, "Roboflow", SPLIT, ""),
    (datumaro, "Datumaro", SPLIT, ""),
    (coco_with_classes, "COCO with a class for each picture", SPLIT, ""),
]


@pytest.mark.parametrize(("make", "layout", "classes", "gone"), READ, ids=lambda value: getattr(value, "__name__", ""))
def test_an_export_is_read_rightly(tmp_path, make, layout, classes, gone):
    found = summarise(open_dataset(str(make(tmp_path) or tmp_path)))
    assert found["classes"] == classes
    assert layout in found["layout"]
    assert found["warnings"] == []
    assert [one["reason"] for one in found["left_out"]] == ([f"they have {gone}"] if gone else [])


def several_choices(root):
    tasks = [
        {
            "data": {"image": "a.png"},
            "annotations": [{"result": [{"type": "choices", "value": {"choices": ["cat", "dog"]}}]}],
        }
    ]
    return written(root / "tasks.json", tasks)


def boxes(root):
    tasks = [{"data": {"image": "a.png"}, "annotations": [{"result": [{"type": "rectanglelabels", "value": {}}]}]}]
    return written(root / "tasks.json", tasks)


def detections(root):
    return written(
        root / "samples.json",
        {"samples": [{"filepath": "data/a.png", "ground_truth": {"_cls": "Detections", "detections": []}}]},
    )


def coco(root):
    return written(root / "instances.json", {"images": [], "annotations": [{"bbox": [1, 2, 3, 4]}], "categories": []})


def cvat_boxes(root):
    return written(
        root / "annotations.xml", '<annotations><image name="a.png"><box label="cat" xtl="1"/></image></annotations>'
    )


def cvat_entities(root):
    return written(root / "annotations.xml", '<!DOCTYPE a [<!ENTITY b "c">]><annotations></annotations>')


def several_tags(root):
    return written(
        root / "annotations.xml",
        '<annotations><image name="a.png"><tag label="cat"/><tag label="dog"/></image></annotations>',
    )


def via(root):
    return written(root / "via.json", {"_via_settings": {}, "_via_img_metadata": {}})


def pictures_elsewhere(root):
    return written(root / "tasks.json", [{"data": {"image": "/data/upload/1/a.png"}, "annotations": [choices("cat")]}])


def other_json(root):
    return written(root / "own.json", {"a": 1})


REFUSED = [
    (several_choices, "several labels on one picture (cat, dog)"),
    (boxes, "marks parts of pictures (rectanglelabels)"),
    (detections, "no field of classifications (Detections)"),
    (coco, "object detection (COCO)"),
    (cvat_boxes, "marks parts of pictures and has no tags"),
    (cvat_entities, "defines entities"),
    (several_tags, "several tags (cat, dog)"),
    (via, "VGG Image Annotator"),
    (pictures_elsewhere, "none lies below its folder"),
    (other_json, "no export that is known"),
]


@pytest.mark.parametrize(("make", "sentence"), REFUSED, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_no_label_of_a_whole_picture_is_refused_by_name(tmp_path, make, sentence):
    with pytest.raises(ExplorerError, match=re.escape(sentence)) as refused:
        open_dataset(str(make(tmp_path)))
    assert "\n" not in str(refused.value)


def test_annotations_that_disagree_are_said(tmp_path):
    tasks = [
        {"data": {"image": file}, "annotations": [choices(name), choices(name), choices("dog")]}
        for name, _, file in pictures(tmp_path)
    ]
    found = summarise(open_dataset(str(written(tmp_path / "tasks.json", tasks))))
    assert found["classes"] == ALL
    assert "10 pictures have annotations that disagree" in found["warnings"][0]


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("/data/local-files/?d=pets/a%20b.png", "pets/a b.png"),
        ("https://host.example/pets/a.png?token=1", "/pets/a.png"),
        ("s3://bucket/pets/a.png", "/pets/a.png"),
        ("images\\pets\\a.png", "images/pets/a.png"),
    ],
)
def test_a_reference_becomes_a_path(reference, path):
    assert plain_path(reference) == path


def test_of_files_with_one_name_the_one_whose_folders_agree_is_taken_and_none_is_guessed(tmp_path):
    for folder in ("a/x", "b/x", "b/y"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "1.png").write_bytes(encoded(1))
    finder = PictureFinder(FileTree(tmp_path))
    assert finder.find("/mnt/data/b/y/1.png") == "b/y/1.png"
    with pytest.raises(LookupError, match="several files are called so"):
        finder.find("1.png")
    with pytest.raises(LookupError, match="no such picture"):
        finder.find("../../etc/hostname")
