"""The head over shards is the head: each sum beside its loop, the fit to 1e-9, the same λ, the same bits by processes."""

import math

import numpy as np
import pytest

from explorer.core.errors import ExplorerError
from explorer.engine import Processes
from explorer.models.head import L2_GRID, choose_l2, contrasts, fit
from explorer.models.sharded_head import (
    ShardedObjective,
    choose_l2_over_shards,
    fit_over_shards,
    part,
    scaling,
    standardised_table,
    sums,
)
from explorer.models.sharded_head.part import drawn_part
from explorer.models.sharded_head.scaling import RawRows
from explorer.models.solver import Objective, minimise
from explorer.models.standardisation import standardisation, standardised
from explorer.shards import ShardedRows, append
from tests.support.engine_tasks import InALoop


@pytest.fixture(autouse=True)
def engine(monkeypatch):
    """Tasks in this process, whose threads stay as they are; pieces of a shard are several, and a drawn part is not all."""
    monkeypatch.setattr("explorer.engine.base._one_thread", lambda: None)
    monkeypatch.setattr(sums, "PIECE", 400)
    monkeypatch.setattr(part, "PART", 60)
    monkeypatch.setattr(part, "PER_FEATURE", 2)
    return InALoop()


def drawn(n, classes, d=6, spread=1.5, seed=0):
    """Features that half precision holds, last column 1, and labels."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % classes)
    features = rng.normal(size=(n, d)) + spread * rng.normal(size=(classes, d))[labels]
    features[:, -1] = 1
    return features.astype(np.float16).astype(np.float64), labels


def sharded(folder, features, rows=70):
    return ShardedRows(append(folder / "table", features, rows))


@pytest.mark.parametrize("classes", [2, 3])
def test_sums_are_those_of_the_objective_in_memory(tmp_path, engine, classes):
    features, labels = drawn(200, classes)
    groups = np.random.default_rng(1).integers(-1, 2, size=200)  # two risks; −1 is in neither
    theta = np.random.default_rng(2).normal(size=(2, classes - 1, features.shape[1]))
    direction = np.random.default_rng(3).normal(size=theta.shape)
    weights = np.stack([(groups != risk) & (groups != -1) for risk in range(2)]).astype(float)
    inside = weights.sum(axis=1)
    plain = Objective(
        features, labels, contrasts(classes), np.array([0.1, 0.2]), weights * (len(labels) / inside)[:, None]
    )
    ours = ShardedObjective(
        sharded(tmp_path, features),
        np.column_stack([labels, groups]).astype(np.int32),
        classes,
        plain.l2,
        inside,
        engine,
        tmp_path / "work",
    )
    margins = plain.margins(theta)
    p = np.exp(margins @ contrasts(classes).T)
    p /= p.sum(axis=2, keepdims=True)
    found = ours.slope(theta)
    np.testing.assert_allclose(found.risks, plain.risks(margins, theta), rtol=1e-13)
    np.testing.assert_allclose(found.gradient, plain.gradient(p, theta), rtol=0, atol=1e-13)
    losses = plain.losses(margins)
    np.testing.assert_allclose(found.held, [losses[groups == risk, risk].sum() for risk in range(2)], rtol=1e-13)
    np.testing.assert_allclose(ours.product(theta, direction), plain.curved(p, direction), rtol=0, atol=1e-13)
    np.testing.assert_allclose(ours.moments(), features.T @ features / 200, rtol=0, atol=1e-13)


def test_the_hessian_of_two_classes_is_its_products_with_unit_vectors(tmp_path, engine):
    features, labels = drawn(200, 2)
    said = np.column_stack([labels, np.random.default_rng(1).integers(-1, 3, size=200)]).astype(np.int32)
    ours = ShardedObjective(
        sharded(tmp_path, features), said, 2, np.array([0.0]), np.array([150.0]), engine, tmp_path / "work"
    )
    theta = np.random.default_rng(2).normal(size=(1, 1, 6))
    columns = [ours.product(theta, unit[None, None])[0, 0] for unit in np.eye(6)]
    np.testing.assert_allclose(ours.hessian(theta), columns, rtol=0, atol=1e-14)


CASES = {
    "two classes": (300, 2, 0.01),
    "little penalty": (300, 2, 1e-4),
    "three classes": (300, 3, 0.01),
    "all in one part": (50, 3, 0.1),
}


@pytest.mark.parametrize(("n", "classes", "l2"), CASES.values(), ids=CASES)
def test_the_fit_is_that_of_rows_in_memory(tmp_path, engine, n, classes, l2):
    features, labels = drawn(n, classes)
    head = fit_over_shards(sharded(tmp_path, features), labels, classes, l2, engine, tmp_path / "work")
    expected = fit(features, labels, classes, l2)
    one = Objective(features, labels, expected.basis, np.array([l2]), np.ones((1, n)))
    exactly = expected.basis @ minimise(one, (expected.basis.T @ expected.weights)[None], 1e-13)[0]
    np.testing.assert_allclose(head.weights, exactly, rtol=0, atol=1e-9)
    # a gradient of 1e-9, to which a fit in memory goes, is an error of 1e-9/λ in the weights at most
    np.testing.assert_allclose(head.weights, expected.weights, rtol=0, atol=1e-9 / l2)
    assert head.gradient_norm() < 1e-11


def test_a_refit_without_some_rows_keeps_n(tmp_path, engine):
    features, labels = drawn(300, 2)
    kept = np.arange(300) % 7 != 0
    head = fit_over_shards(sharded(tmp_path, features), labels, 2, 0.01, engine, tmp_path / "work", kept=kept)
    expected = fit(features[kept], labels[kept], 2, 0.01 * 300 / kept.sum())  # the same weights: the risk is scaled
    np.testing.assert_allclose(head.weights, expected.weights, rtol=0, atol=1e-8)


def test_processes_give_the_bits_of_a_loop(tmp_path, engine, monkeypatch):
    monkeypatch.undo()  # other processes have the program's own pieces
    monkeypatch.setattr("explorer.engine.base._one_thread", lambda: None)
    features, labels = drawn(150, 3)
    table = sharded(tmp_path, features)
    with Processes(2) as processes:
        theirs = fit_over_shards(table, labels, 3, 1.0, processes, tmp_path / "processes")
    ours = fit_over_shards(table, labels, 3, 1.0, engine, tmp_path / "loop")
    np.testing.assert_array_equal(theirs.weights, ours.weights)


def test_a_fit_that_was_killed_goes_on_from_its_sums(tmp_path, engine, monkeypatch):
    features, labels = drawn(300, 2)
    table = sharded(tmp_path, features)
    calls = []

    def counted(some):
        calls.extend(some)
        if len(calls) == 25 and killed:  # five shards a pass: in the middle of it
            killed.clear()
            raise KeyboardInterrupt
        return InALoop.calls(engine, some)

    killed = [True]
    monkeypatch.setattr(engine, "calls", counted, raising=False)
    with pytest.raises(KeyboardInterrupt):
        fit_over_shards(table, labels, 2, 0.01, engine, tmp_path / "work")
    again = fit_over_shards(table, labels, 2, 0.01, engine, tmp_path / "work")
    done = len(calls)
    expected = fit_over_shards(table, labels, 2, 0.01, engine, tmp_path / "other")
    np.testing.assert_array_equal(again.weights, expected.weights)
    assert done == len(calls) - done + 5  # nothing but the pass that was killed was done again


@pytest.mark.parametrize(("classes", "spread", "seed"), [(2, 0.1, 0), (3, 0.4, 1), (2, 1.5, 2)])
def test_the_chosen_l2_is_that_of_all_rows_in_memory(tmp_path, engine, classes, spread, seed):
    features, labels = drawn(240, classes, spread=spread, seed=seed)
    found = choose_l2_over_shards(sharded(tmp_path, features, 100), labels, classes, engine, tmp_path / "work")
    expected = choose_l2(features, labels, classes)
    best = min(expected, key=lambda l2: expected[l2])
    assert min(found, key=lambda l2: found[l2]) == best
    place = L2_GRID.index(best)
    assert set(L2_GRID[max(0, place - 1) : place + 2]) <= set(found)
    for l2, loss in found.items():
        assert math.isclose(loss, expected[l2], rel_tol=1e-5)


def test_a_drawn_part_has_every_class_in_its_share():
    labels = np.repeat([0, 1, 2], [3000, 900, 5])
    rows = drawn_part(labels, 6)
    assert np.bincount(labels[rows]).tolist() == [46, 14, 1]
    np.testing.assert_array_equal(rows, np.unique(rows))
    np.testing.assert_array_equal(drawn_part(labels[:50], 6), np.arange(50))


def test_a_table_is_the_standardised_features_in_half_precision(tmp_path, engine, monkeypatch):
    monkeypatch.setattr(scaling, "PIECE", 7)
    monkeypatch.setattr(scaling, "SCALED", 3)
    raw = np.random.default_rng(0).normal(3, 20, size=(45, 5)).astype(np.float32)
    raw[:, 2] = 0.1  # says nothing: deviation 0 is taken as 1
    files = []
    for start, stop in [(0, 20), (20, 33), (33, 45)]:
        files.append(tmp_path / f"{start}.npy")
        np.save(files[-1], raw[start:stop])
    labels = np.arange(45) % 2
    rows, mean, deviation = standardised_table(
        RawRows(files, 16), {"labels": labels}, tmp_path / "table", engine, tmp_path / "work"
    )
    expected = standardisation(raw)
    np.testing.assert_allclose(mean, expected[0], rtol=1e-14)
    np.testing.assert_allclose(deviation, expected[1], rtol=1e-13)
    assert [shard.rows for shard in rows.table.shards] == [16, 16, 13]
    half = standardised(raw, mean, deviation).astype(np.float16).astype(np.float64)
    np.testing.assert_array_equal(rows[:], half)
    np.testing.assert_array_equal(rows.table.gathered("labels"), labels)
    assert (half[:, 2] == 0).all()


def test_rows_that_are_left_out_are_not_in_the_table(tmp_path, engine):
    raw = np.random.default_rng(0).normal(size=(45, 5)).astype(np.float32)
    files = []
    for start, stop in [(0, 20), (20, 45)]:
        files.append(tmp_path / f"{start}.npy")
        np.save(files[-1], raw[start:stop])
    kept = ~np.isin(np.arange(45), [0, 7, 8, 20, 44])
    rows, mean, deviation = standardised_table(
        RawRows(files, 16, kept), {"labels": np.arange(40)}, tmp_path / "table", engine, tmp_path / "work"
    )
    np.testing.assert_allclose(mean, raw[kept].mean(axis=0, dtype=np.float64), rtol=1e-13)
    np.testing.assert_array_equal(rows[:], standardised(raw[kept], mean, deviation).astype(np.float16).astype(float))
    np.testing.assert_array_equal(rows.table.gathered("labels"), np.arange(40))


def test_a_wrong_l2_is_said(tmp_path, engine):
    features, labels = drawn(100, 2)
    table = sharded(tmp_path, features)
    with pytest.raises(ExplorerError, match="λ must be a positive number, not 0"):
        fit_over_shards(table, labels, 2, 0, engine, tmp_path / "work")
