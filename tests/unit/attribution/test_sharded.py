"""What an engine computes over shards is what one process computes: weights of images, leaders, histogram."""

import contextlib
import itertools
import math
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.attribution import Curvature, Scorer, estimator
from explorer.attribution.sharded import Asker, weighed
from explorer.attribution.sharded.asked import EDGES
from explorer.engine import Processes
from explorer.models.head import Head, fit
from explorer.shards import ShardedRows, append
from tests.support.engine_tasks import InALoop
from tests.support.problems import Problem, mistaken


@pytest.fixture
def engine(monkeypatch):
    monkeypatch.setattr("explorer.engine.base._one_thread", lambda: None)
    return InALoop()


def sharded(folder, classes=2, n=70):
    """A fitted head over three shards, and the same in memory."""
    features, labels = Problem("shards", "as it is", classes, n=n, d=5, change=mistaken).draw()
    features = features.astype(np.float16).astype(np.float64)
    plain = fit(features, labels, classes, 0.05)
    rows = ShardedRows(append(folder / "table", features, 30))
    return Head(rows, labels, plain.weights, plain.l2), plain


def test_weights_of_images_and_the_factor_are_those_of_rows_in_memory(tmp_path, engine):
    head, plain = sharded(tmp_path)
    rows, factor = weighed(head, head.train_features, engine, tmp_path / "work")
    expected = Curvature(plain)
    np.testing.assert_allclose(factor, expected.factor, rtol=0, atol=1e-14)
    np.testing.assert_allclose(rows.table.gathered("removals"), expected.removals, rtol=1e-11)
    np.testing.assert_allclose(rows.table.gathered("leverages"), expected.leverages, rtol=1e-11)


def test_weights_that_are_killed_at_any_write_are_written_again_in_one_shard_at_most(tmp_path, engine, monkeypatch):
    head, _ = sharded(tmp_path)
    writes, renamed = [], os.replace

    def write(temporary, path):
        if len(writes) == last:
            raise KeyboardInterrupt
        renamed(temporary, path)
        writes.append(Path(path).name)

    monkeypatch.setattr("explorer.core.files.os.replace", write)
    for last in itertools.count():
        here = tmp_path / str(last)
        shutil.copytree(tmp_path / "table", here / "table")
        killed = replace(head, train_features=ShardedRows.open(here / "table"))
        writes.clear()
        with contextlib.suppress(KeyboardInterrupt):
            weighed(killed, killed.train_features, engine, here / "work")
            break
        before, last = [*writes], math.inf
        weighed(killed, killed.train_features, engine, here / "work")
        twice = set(before) & set(writes[len(before) :])
        assert len({name.rpartition("-")[2] for name in twice}) <= 1, f"killed at write {len(before)}: {twice}"
    assert len(before) > 12


@pytest.mark.parametrize(
    ("method", "classes"), [("newton", 2), ("influence", 2), ("graddot", 2), ("influence-cg", 3), ("similarity", 3)]
)
@pytest.mark.parametrize("target", [0, 1])
def test_leaders_asked_of_shards_are_those_of_one_scan_and_of_float64(tmp_path, engine, method, classes, target):
    head, plain = sharded(tmp_path, classes)
    scorer = Scorer(Curvature(head), estimator(method))
    test = np.random.default_rng(1).normal(size=5)
    asked = Asker(scorer, engine, tmp_path / "work").row(test, target, 7)
    one = scorer.row(test, target, 7)
    exact = Scorer(Curvature(plain), estimator(method)).row(test, target, 7)
    for side in ("helpful", "harmful"):
        rows = getattr(asked, side)
        np.testing.assert_array_equal(rows, getattr(one, side))
        np.testing.assert_array_equal(rows, getattr(exact, side))
        np.testing.assert_array_equal(getattr(asked, f"{side}_scores"), one.scores[rows])
        # iterations end where numbers are right to a millionth of the row's largest
        close = 1e-6 if method == "influence-cg" else 1e-9
        np.testing.assert_allclose(getattr(asked, f"{side}_scores"), exact.scores[rows], rtol=close)
    assert asked.counts.sum() == 70
    # a score is nowhere farther from its place in the histogram than the error
    below, off = np.cumsum(asked.counts)[:-1], asked.error + 1e-12
    inner = EDGES[1:-1, None]
    assert np.all((exact.scores < inner - off).sum(axis=1) <= below)
    assert np.all(below <= (exact.scores < inner + off).sum(axis=1))
    # one file of coefficients is left where the estimator has its own, and no question
    assert len(list((tmp_path / "work").glob("*.npy"))) == 1


def test_processes_answer_the_same(tmp_path, engine):
    head, _ = sharded(tmp_path)
    scorer, test = Scorer(Curvature(head), estimator("newton")), np.random.default_rng(2).normal(size=5)
    with Processes(1) as processes:
        theirs = Asker(scorer, processes, tmp_path / "work").row(test, 0, 5)
    ours = Asker(scorer, engine, tmp_path / "work").row(test, 0, 5)
    np.testing.assert_array_equal(theirs.helpful, ours.helpful)
    np.testing.assert_array_equal(theirs.helpful_scores, ours.helpful_scores)
