"""A side for testing in no class folders, which a list labels: GTSRB's ``Final_Test`` and ImageNet's ``val``."""

import pytest

from explorer.datasets import open_dataset
from explorer.datasets.summary import summarise
from tests.support.hostile_data import put
from tests.support.layouts import pictures, table

NUMBERS = ("00000", "00001", "00012")
SIGNS = pictures("Final_Training/Images/{kind}/00000_{n}.ppm", 3, NUMBERS) | pictures(
    "Final_Test/Images/{n}.ppm", 6, "x"
)
SIGNS = SIGNS | {
    f"Final_Training/Images/{kind}/GT-{kind}.csv": table(
        ("Filename", "Width", "ClassId"), [(f"00000_{n}.ppm", 29, int(kind)) for n in range(3)], ";"
    )
    for kind in NUMBERS
}
TRUTH = table(("Filename", "Roi.X1", "ClassId"), [(f"{n}.ppm", 5, int(NUMBERS[n % 3])) for n in range(6)], ";")
SYNSETS = ("n01440760", "n01440761", "n01440762")
PLANTS = pictures("Data/CLS-LOC/train/{kind}/{kind}_{n}.JPEG", 3, SYNSETS) | pictures(
    "Data/CLS-LOC/val/val_{n}.JPEG", 6, "x"
)
PLANTS = PLANTS | pictures("Data/CLS-LOC/test/test_{n}.JPEG", 2, "x")
BOXES = [(f"val_{n}", f"{SYNSETS[n % 3]} 1 2 3 4 ") for n in range(6)]
MORE = [(f"{kind}_{n}", f"{kind} 1 2 3 4 {kind} 5 6 7 8 ") for kind in SYNSETS for n in range(3)]
HEAD = ("ImageId", "PredictionString")
# Files; classes; part of the layout; what is left out.
READ = {
    "GTSRB": (SIGNS | {"GT-final_test.csv": TRUTH}, NUMBERS, "GT-final_test.csv for testing", []),
    "ImageNet": (PLANTS | {"LOC_val_solution.csv": table(HEAD, BOXES), "LOC_train_solution.csv": table(HEAD, MORE)},
                 SYNSETS, "LOC_val_solution.csv for testing", [("Data/CLS-LOC/test", 2)]),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_listed_side_tests(tmp_path, name):
    files, classes, layout, left = READ[name]
    put(tmp_path / "set", files)
    found = open_dataset(str(tmp_path / "set"))
    facts = summarise(found)
    assert found.class_names == classes
    assert (len(found.train.labels), len(found.test.labels)) == (9, 6)
    assert [int(label) for label in sorted(found.test.labels)] == [0, 0, 1, 1, 2, 2]
    assert layout in facts["layout"]
    assert [(one["file"], one["pictures"]) for one in facts["left_out"]] == left
    assert not facts["warnings"]
    assert layout.split()[0] not in facts["facts"].get("lists not used", "")


def test_a_listed_side_of_other_names_is_doubted(tmp_path):
    other = table(("Filename", "ClassName"), [(f"{n}.ppm", ("stop", "yield")[n % 2]) for n in range(6)])
    put(tmp_path / "set", SIGNS | {"test.csv": other})
    found = open_dataset(str(tmp_path / "set"))
    assert "labels the pictures in Final_Test as stop, yield, which are no names of the class folders" in " ".join(
        found.warnings
    )
    assert len(found.train.labels) + len(found.test.labels) == 9
