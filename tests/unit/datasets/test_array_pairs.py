"""Arrays of which a file or folder has several: parts of one set, other pairs, labels that mark nothing, a fourth channel."""

import numpy as np
import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.summary import summarise
from tests.support.container_files import arrays

PIXELS, LABELS = arrays(0)
OTHER, _ = arrays(500)


def held(found):
    """The pixels of every picture with its class, in any order."""
    sides = (found.train, found.test)
    rows = [(np.asarray(side.pictures[row]), side.labels[row]) for side in sides for row in range(len(side.labels))]
    return sorted((pixels.tobytes(), found.class_names[label]) for pixels, label in rows)


def truth(pixels, labels):
    return sorted((each.tobytes(), str(label)) for each, label in zip(pixels, labels, strict=True))


def turned(places):
    """Parts of the pictures, ten of which in an order of their own."""
    return {place: slice(4 * number, 4 * number + 4) for number, place in enumerate(places)}


PARTS = {
    "arrays in one file": lambda folder, rows: np.savez(
        folder / "a.npz",
        **{f"images_{place}": PIXELS[part] for place, part in rows.items()},
        **{f"labels_{place}": LABELS[part] for place, part in rows.items()},
    ),
    "files with both": lambda folder, rows: [
        np.savez(folder / f"batch-{place}.npz", data=PIXELS[part], labels=LABELS[part]) for place, part in rows.items()
    ],
    "a file for each": lambda folder, rows: [
        [np.save(folder / f"x{place}.npy", PIXELS[part]), np.save(folder / f"y{place}.npy", LABELS[part])]
        for place, part in rows.items()
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize("places", [(0, 1, 2), (9, 10, 11)])
def test_parts_by_number_are_one_set(kind, places, tmp_path):
    PARTS[kind](tmp_path, turned(places))
    path = tmp_path / "a.npz" if kind == "arrays in one file" else tmp_path
    found = open_dataset(str(path))
    assert held(found) == truth(PIXELS, LABELS)
    assert (found.warnings, found.left_out) == ((), ())


def test_parts_of_a_side_are_joined_and_named(tmp_path):
    for place, part in turned((0, 1)).items():
        np.savez(tmp_path / f"train_{place}.npz", images=PIXELS[::-1][part], labels=LABELS[::-1][part])
    np.savez(tmp_path / "test.npz", images=OTHER[4:], labels=LABELS[4:])
    found = summarise(open_dataset(str(tmp_path)))
    assert found["splits"]["train"]["from"] == "2 arrays, train_0 images, train_1 images"
    assert (found["splits"]["train"]["pictures"], found["splits"]["test"]["pictures"]) == (8, 8)


def test_parts_of_other_sizes_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", images_0=PIXELS, labels_0=LABELS, images_1=OTHER[:, :8], labels_1=LABELS)
    with pytest.raises(ExplorerError, match=r"images_1 \(12, 8, 16, 3\) are of other shapes; save pictures and labels"):
        open_dataset(str(tmp_path / "a.npz"))


@pytest.mark.parametrize("names", [("X_source", "y_source", "X_target", "y_target"), ("aImages", "aLabels", "bImages", "bLabels")])  # fmt: skip
def test_another_pair_is_left_out_doubted_and_can_be_chosen(names, tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, **dict(zip(names, (PIXELS, LABELS, OTHER, 2 - LABELS), strict=True)))
    found = open_dataset(str(path))
    assert held(found) == truth(PIXELS, LABELS)
    assert [(one.file, one.pictures) for one in found.left_out] == [(f"the array {names[2]}", 12)]
    assert f"{names[2]}: pictures with labels of their own, which are left out" in found.warnings[0]
    assert held(open_dataset(f"{path}?label={names[3].lower()}")) == truth(OTHER, 2 - LABELS)


def test_the_array_called_labels_goes_before_finer_words(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, images=PIXELS, coarse_labels=LABELS // 2, labels=LABELS, masks=PIXELS[..., 0])
    found = open_dataset(str(path))
    assert held(found) == truth(PIXELS, LABELS)
    assert (found.warnings, [one.file for one in found.left_out]) == ((), ["the array masks"])


@pytest.mark.parametrize("unmarked", [np.nan, -1.0])
def test_labels_that_are_no_numbers_mean_none(unmarked, tmp_path):
    path, labels = tmp_path / "a.npz", LABELS.astype(float)
    labels[[0, 5]] = unmarked
    np.savez(path, images=PIXELS, labels=labels)
    found = open_dataset(str(path))
    kept = np.delete(np.arange(12), [0, 5])
    assert held(found) == truth(PIXELS[kept], LABELS[kept])
    assert [one.pictures for one in found.left_out] == [2]


@pytest.mark.parametrize(
    ("alpha", "doubted"), [(np.full((16, 16), 255), False), (np.eye(16) * 255, False), (PIXELS[0, :, :, 0], True)]
)
@pytest.mark.parametrize("first", [True, False])
def test_a_fourth_channel_that_is_no_mask_is_doubted(alpha, doubted, first, tmp_path):
    four = np.concatenate([PIXELS, np.broadcast_to(alpha[None, :, :, None], (12, 16, 16, 1)).astype(np.uint8)], axis=3)
    np.savez(tmp_path / "a.npz", images=four.transpose(0, 3, 1, 2) if first else four, labels=LABELS)
    warnings = open_dataset(str(tmp_path / "a.npz")).warnings
    assert [one.startswith("The fourth channel of the array images is read as transparency") for one in warnings] == (
        [True] if doubted else []
    )


@pytest.mark.parametrize("name", ["images", "labels"])
@pytest.mark.parametrize("apart", [True, False])
def test_arrays_of_objects_are_refused_with_what_to_save(name, apart, tmp_path):
    given = {"images": PIXELS, "labels": LABELS} | {name: np.array([None] * 12, dtype=object)}
    if apart:
        for key, array in given.items():
            np.save(tmp_path / f"{key}.npy", array, allow_pickle=True)
    else:
        np.savez(tmp_path / "a.npz", **given)
    with pytest.raises(ExplorerError, match=rf"{name}\.npy .*objects.*; save names by labels\.astype\(str\)"):
        open_dataset(str(tmp_path if apart else tmp_path / "a.npz"))
