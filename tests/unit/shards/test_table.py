"""Tables of shards: the same bits as the array, damage is never used, rows can be added."""

import numpy as np
import pytest

from explorer.core.errors import DamagedError, ExplorerError
from explorer.shards import (
    ShardedRows,
    Table,
    append,
    block_sums,
    rows,
    table,
    with_columns,
    write_beside,
    write_table,
    writer,
)
from explorer.shards.quantised import quantised
from explorer.shards.table import Shard

COLUMNS = 7


def drawn(count, seed=0):
    """Features that half precision holds exactly, last column 1."""
    numbers = np.random.default_rng(seed).normal(size=(count, COLUMNS)).astype(np.float16).astype(np.float64)
    numbers[:, -1] = 1
    return numbers


@pytest.fixture
def features():
    return drawn(25)


@pytest.fixture
def folder(tmp_path, features):
    """Three shards of ten, ten and five rows."""
    append(tmp_path / "table", features, 10, labels=np.arange(25) % 3)
    return tmp_path / "table"


@pytest.fixture
def sharded(folder, monkeypatch):
    monkeypatch.setattr(rows, "PIECE", 4 * COLUMNS)  # blocks smaller than a shard, and one that is not full
    return ShardedRows.open(folder)


CHOICES = {
    "a number": 12,
    "from the end": -1,
    "a slice over three shards": slice(8, 23),
    "steps": slice(20, 2, -3),
    "all": slice(None),
    "out of order and twice": np.array([24, 0, 10, 0, 9]),
    "a list": [3, 11],
    "a mask": np.arange(25) % 4 == 1,
    "none": np.array([], dtype=int),
}


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_rows_are_those_of_the_array(sharded, features, choice):
    found = sharded[choice]
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, features[choice])


def test_it_says_what_an_array_says(sharded, features):
    assert (sharded.shape, sharded.dtype, len(sharded), sharded.size, sharded.ndim, sharded.nbytes) == (
        (25, COLUMNS),
        np.float64,
        25,
        features.size,
        2,
        features.nbytes,
    )
    np.testing.assert_array_equal(np.asarray(sharded), features)


def test_products_on_both_sides_are_those_of_the_array_to_rounding(sharded, features):
    rng = np.random.default_rng(1)
    right, left = rng.normal(size=(COLUMNS, 3)), rng.normal(size=(2, 25))
    np.testing.assert_allclose(sharded @ right, features @ right, rtol=0, atol=1e-14)
    np.testing.assert_allclose(sharded @ right[:, 0], features @ right[:, 0], rtol=0, atol=1e-14)
    np.testing.assert_allclose(left @ sharded, left @ features, rtol=0, atol=1e-14)
    np.testing.assert_allclose(left[0] @ sharded, left[0] @ features, rtol=0, atol=1e-14)
    np.testing.assert_allclose(sharded.T @ left.T, features.T @ left.T, rtol=0, atol=1e-14)
    np.testing.assert_allclose(sharded.T @ sharded, features.T @ features, rtol=0, atol=1e-14)
    assert sharded.T.T is sharded


def test_blocks_cover_the_rows_in_order_and_stay_within_a_shard(sharded, features):
    slices = [place for place, _ in sharded.blocks()]
    assert [(place.start, place.stop) for place in slices] == [
        (0, 4), (4, 8), (8, 10), (10, 14), (14, 18), (18, 20), (20, 24), (24, 25),
    ]  # fmt: skip
    np.testing.assert_array_equal(np.concatenate([block for _, block in sharded.blocks()]), features)
    halves = list(sharded.half_blocks())
    assert {half.dtype for half in halves} == {np.dtype(np.float16)}
    np.testing.assert_array_equal(np.concatenate(halves), features)


def test_the_scan_s_error_bounds_every_product(sharded, features):
    u = np.random.default_rng(2).normal(size=COLUMNS)
    for place, whole, scales, errors in sharded.scan_blocks():
        assert (whole.dtype, scales.dtype, errors.dtype) == (np.int8, np.float32, np.float32)
        estimate = scales.astype(np.float64) * (whole.astype(np.float64) @ u)
        assert np.all(np.abs(features[place] @ u - estimate) <= errors.astype(np.float64) * np.linalg.norm(u))
        exact = np.linalg.norm(features[place] - scales[:, None].astype(np.float64) * whole, axis=1)
        assert np.all(errors >= exact)
        np.testing.assert_allclose(errors, exact, rtol=1e-6)


ROWS = {"zeros": np.zeros(4), "tiny": np.full(4, 6e-8), "one large": np.array([60000.0, 1, 1, 0.5])}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_rows_at_the_ends_of_half_precision_have_true_bounds(row):
    row = row.astype(np.float16).astype(np.float64)[None]
    whole, scales = quantised(row)
    exact = np.linalg.norm(row - scales[0, 0].astype(np.float64) * whole)
    assert exact <= scales[0, 1] <= exact * 1.001 + 1e-12


def test_arrays_beside_the_features_are_gathered(folder):
    np.testing.assert_array_equal(Table.open(folder).gathered("labels"), np.arange(25) % 3)


def test_rows_are_appended_as_shards_and_who_has_the_table_open_keeps_the_old_one(folder, features, sharded):
    more = drawn(12, seed=5)
    grown = ShardedRows(append(folder, more, labels=np.zeros(12, dtype=int)))
    assert [shard.rows for shard in grown.table.shards] == [10, 10, 5, 10, 2]
    np.testing.assert_array_equal(grown[:], np.concatenate([features, more]))
    np.testing.assert_array_equal(ShardedRows.open(folder)[[24, 25, 36]], grown[[24, 25, 36]])
    assert len(sharded) == 25
    assert grown.table.digest != sharded.table.digest


def test_an_append_that_does_not_end_leaves_the_old_table(folder, features, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(writer, "write_manifest", killed)
    with pytest.raises(KeyboardInterrupt):
        append(folder, drawn(12, seed=5), labels=np.zeros(12, dtype=int))
    np.testing.assert_array_equal(ShardedRows.open(folder)[:], features)


def test_appended_rows_have_the_table_s_columns(folder):
    with pytest.raises(ExplorerError, match=r"has 7 features and the arrays \['labels'\]; 7 and none were given"):
        append(folder, drawn(3))


@pytest.mark.parametrize("name", ["features", "scan", "scan-scales", "labels"])
def test_a_flipped_byte_is_never_used_and_other_shards_still_are(folder, features, name):
    path = folder / f"{name}-00001.npy"
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    opened = Table.open(folder)  # nothing is read yet
    with pytest.raises(DamagedError, match=rf"{name}-00001.npy is missing or damaged .* nothing of it is used"):
        opened.array(1, name)
    np.testing.assert_array_equal(ShardedRows(opened)[:10], features[:10])


def test_a_file_that_is_replaced_after_it_was_read_is_compared_again(folder, sharded):
    np.testing.assert_array_equal(sharded[:10], sharded[:10])
    path = folder / "features-00000.npy"
    np.save(path, np.zeros((10, COLUMNS), dtype=np.float16))
    with pytest.raises(DamagedError, match="features-00000"):
        _ = sharded[:10]


def test_a_checksum_is_compared_once_a_process(sharded, monkeypatch):
    compared = []
    monkeypatch.setattr(table, "check_file", lambda path, _: compared.append(path.name))
    assert not compared
    _ = sharded[0], sharded[24], sharded[1:3], sharded @ np.ones(COLUMNS)
    some = ["feature-sums-00000.npy", "feature-sums-00002.npy"]
    assert sorted(compared) == [*some, "features-00000.npy", "features-00001.npy", "features-00002.npy"]


def test_single_rows_compare_the_blocks_that_they_lie_in_and_no_others(tmp_path, features, monkeypatch):
    monkeypatch.setattr(block_sums, "BLOCK", 4)
    path = append(tmp_path / "table", features, 10).folder / "features-00001.npy"
    content = bytearray(path.read_bytes())
    content[-3] ^= 1  # in row 19, the second of a last block that is not full
    path.write_bytes(content)
    sharded = ShardedRows.open(tmp_path / "table")
    sharded.read_first(np.array([3, 17]))
    np.testing.assert_array_equal(sharded[[3, 17, 10]], features[[3, 17, 10]])
    for rows_there in ([19], [18, 3]):
        with pytest.raises(DamagedError, match=r"features-00001\.npy is missing or damaged"):
            _ = sharded[rows_there]


def test_single_rows_of_a_file_with_another_shape_or_type_are_not_used(folder, sharded):
    for other in (np.zeros((10, COLUMNS), np.int16), np.asfortranarray(drawn(10).astype(np.float16)), drawn(9)):
        np.save(folder / "features-00000.npy", other)
        with pytest.raises(DamagedError, match="features-00000"):
            _ = sharded[0]


def test_a_table_without_checksums_of_blocks_compares_whole_files(folder, features):
    old = Table.open(folder)
    shards = [Shard(0, one.rows, {k: v for k, v in one.files.items() if k != table.SUMS}) for one in old.shards]
    write_table(folder, COLUMNS, shards, 10)
    np.testing.assert_array_equal(ShardedRows.open(folder)[[24, 3]], features[[24, 3]])


def test_files_that_a_question_needs_are_compared_beforehand_and_no_others(sharded, monkeypatch):
    compared = []
    monkeypatch.setattr(table, "check_file", lambda path, _: compared.append(path.name))
    sharded.read_first(np.array([24, 0, 24]))
    assert sorted(compared) == ["feature-sums-00000.npy", "feature-sums-00002.npy"]
    _ = sharded[24], list(sharded.scan_blocks())
    assert sorted(compared)[2:] == [f"{name}-0000{place}.npy" for name in ("scan", "scan-scales") for place in range(3)]


def test_a_missing_shard_and_a_changed_manifest_are_named(folder):
    (folder / "features-00002.npy").unlink()
    with pytest.raises(DamagedError, match=r"features-00002\.npy is missing"):
        _ = ShardedRows.open(folder)[24]
    text = (folder / "shards.json").read_text()
    (folder / "shards.json").write_text(text.replace('"rows": 5', '"rows": 6'))
    with pytest.raises(DamagedError, match=r"shards\.json was changed"):
        Table.open(folder)


def test_a_column_is_added_shard_by_shard(folder):
    opened = Table.open(folder)
    columns = [np.full(shard.rows, shard.start / 10.0) for shard in opened.shards]
    written = [write_beside(folder, place, leverages=column) for place, column in enumerate(columns)]
    grown = with_columns(opened, written)
    assert (opened.has("leverages"), grown.has("leverages"), Table.open(folder).has("leverages")) == (False, True, True)
    assert Table.open(folder).gathered("leverages").sum() == 0 * 10 + 1 * 10 + 2 * 5
    assert grown.digest == opened.digest


def test_numbers_that_half_precision_cannot_hold_are_refused(tmp_path):
    features = drawn(3)
    features[1, 2] = 7e4
    with pytest.raises(ExplorerError, match="above 65,504 in half precision"):
        append(tmp_path / "table", features)


def test_more_than_is_held_at_once_is_refused_with_what_it_would_take(sharded, monkeypatch):
    monkeypatch.setattr(rows, "WHOLE", 20 * COLUMNS * 8)
    assert sharded[:20].shape == (20, COLUMNS)
    with pytest.raises(ExplorerError, match=r"needs 25 rows at once, 2 kB of memory"):
        np.asarray(sharded)


def test_rows_that_are_not_there_are_an_index_error(sharded):
    with pytest.raises(IndexError, match="There is no row 25; there are 25"):
        _ = sharded[25]
