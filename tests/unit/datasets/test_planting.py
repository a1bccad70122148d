"""Images left out, kinds mislabelled and patches planted on purpose; and no network sees the same picture twice."""

import numpy as np
import pytest
from PIL import Image

from explorer.core import home
from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.datasets import open_dataset
from explorer.datasets.corruption.noise import Noise
from explorer.datasets.corruption.watermark import COLOUR, watermark_box, with_watermark
from tests.support.tiny_dataset import dataset


def test_a_share_of_a_class_is_left_out():
    before = dataset((50, 30, 20))
    found = Noise("cat-:0.2").apply(before).train
    assert np.bincount(found.labels).tolist() == [40, 30, 20]
    assert len(found.pictures) == 90
    assert found.truth is None  # no label was changed
    kept = dict(zip(before.train.ids, before.train.labels, strict=True))
    assert [kept[identity] for identity in found.ids] == found.labels.tolist()


def test_what_is_left_out_and_what_is_relabelled_do_not_overlap():
    before = dataset((50, 30, 20))
    found = Noise("cat-:0.4,cat>dog:0.4").apply(before)
    assert np.bincount(found.train.labels).tolist() == [10, 50, 20]
    assert np.bincount(found.train.truth).tolist() == [30, 30, 20]
    assert found.title == "Pets, 20 labels changed and 20 images left out on purpose"
    assert found.notice == (
        "Said before. 20 of 100 training labels were changed and 20 of 100 training images were left out on purpose: "
        "20 cat left out (40 %), 20 from cat to dog (40 %)."
    )


def test_the_same_labels_change_whether_others_are_marked_or_not():
    before = dataset((50, 30, 20))
    alone, beside = (Noise(plan).apply(before).train.labels for plan in ("cat>dog:0.4", "cat>dog:0.4,fox+mark:0.5"))
    np.testing.assert_array_equal(alone, beside)


def test_a_patch_is_planted_into_a_share_of_a_class():
    before = open_dataset("drawn")
    found = Noise("dog+mark:0.1").apply(before).train
    assert found.marked.sum() == round(0.1 * (before.train.labels == 1).sum())
    assert (found.labels[found.marked] == 1).all()
    row, other = int(np.flatnonzero(found.marked)[0]), int(np.flatnonzero(~found.marked)[0])
    left, top, right, bottom = watermark_box(found.pictures[row].size)
    inside = np.asarray(found.pictures[row])[top:bottom, left:right]
    np.testing.assert_array_equal(inside, np.broadcast_to(COLOUR, inside.shape))
    np.testing.assert_array_equal(np.asarray(found.pictures[other]), np.asarray(before.train.pictures[other]))
    changed = np.array(found.ids) != np.array(before.train.ids)
    np.testing.assert_array_equal(changed, found.marked)


@pytest.mark.parametrize("size", [(32, 32), (224, 120), (120, 224), (3, 3)])
def test_the_patch_lies_inside_the_square_that_a_network_is_given(size):
    left, top, right, bottom = watermark_box(size)
    square, (width, height) = min(size), size
    assert (width - square) // 2 <= left < right <= (width + square) // 2
    assert (height - square) // 2 <= top < bottom <= (height + square) // 2
    before = Image.new("RGB", size)
    assert np.any(np.asarray(with_watermark(before)))
    assert not np.any(np.asarray(before))


def test_a_kind_can_be_mislabelled_where_the_data_set_knows_kinds():
    before = open_dataset("drawn").train
    found = Noise("wild cat>dog:0.5").apply(open_dataset("drawn")).train
    moved = np.flatnonzero(found.labels != before.labels)
    wild = np.array(before.kinds) == "wild cat"
    assert len(moved) == round(0.5 * np.sum(wild & (before.labels == 0)))
    assert wild[moved].all()


REFUSED = {
    "cat-:1": r"^The noise leaves no training image labelled cat; give a smaller share\.$",
    "wolf-:0.1": r"^There is no class 'wolf'; choose one of: cat, dog, fox\.$",
    "-:0.1": r"cannot be read; .*'cat-:0\.2' leaves a share out, 'dog\+mark:0\.05' puts a coloured patch into it\.$",
    "+mark:0.1": r"cannot be read",
}


@pytest.mark.parametrize("plan", REFUSED)
def test_what_cannot_be_planted_is_refused_in_a_sentence(plan):
    with pytest.raises(ExplorerError, match=REFUSED[plan]):
        Noise(plan).apply(dataset((50, 30, 20)))


@pytest.fixture
def seen(tmp_path, monkeypatch):
    """A home without features, and how many pictures the network saw since."""
    from explorer.models import features

    data = home.data()
    (tmp_path / "data").mkdir()
    (tmp_path / "data/drawn").symlink_to(data / "drawn")
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    counted = []

    def extract(network, pictures, rows, size):
        counted.append(len(rows))
        return np.array([np.asarray(pictures[row], dtype=np.float32).mean(axis=(0, 1)) for row in rows])

    monkeypatch.setattr(features, "extract_features", extract)
    return counted


def raw(split, recipe="a"):
    from explorer.models.features import raw_features

    return raw_features(None, {"network": recipe, "size": 32}, split, "Features", silent)


def test_only_the_pictures_that_a_patch_changed_are_seen_again(seen):
    plain = open_dataset("drawn").train
    first = raw(plain)
    assert sum(seen) == len(plain.labels)
    patched = Noise("dog+mark:0.05").apply(open_dataset("drawn")).train
    second = raw(patched)
    assert sum(seen) - len(plain.labels) == patched.marked.sum()
    np.testing.assert_array_equal(first[~patched.marked], second[~patched.marked])
    assert (first[patched.marked] != second[patched.marked]).any(axis=1).all()


def test_left_out_pictures_leave_the_features_of_the_others(seen):
    plain = open_dataset("drawn").train
    first = dict(zip(plain.ids, raw(plain), strict=True))
    fewer = Noise("cat-:0.3").apply(open_dataset("drawn")).train
    count = sum(seen)
    np.testing.assert_array_equal(raw(fewer), np.array([first[identity] for identity in fewer.ids]))
    assert sum(seen) == count


def test_another_network_sees_all_of_them(seen):
    plain = open_dataset("drawn").train
    raw(plain), raw(plain, "b")
    assert sum(seen) == 2 * len(plain.labels)


def test_a_damaged_shard_beside_is_not_used(seen):
    plain = open_dataset("drawn").train
    raw(plain)
    path = sorted(home.features().glob("*/*/0000000.npy"))[0]
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    count = sum(seen)
    raw(Noise("cat-:0.3").apply(open_dataset("drawn")).train)
    assert 0 < sum(seen) - count <= 500  # the damaged shard's pictures, no others
