"""What is written of other libraries beside our methods: agreement, retrainings, rows of the table, reasons."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch.nn import functional

from explorer.models.smooth_cnn import Network, Recipe, Training
from tools.peers import absent, judging, problem, rounds, table

RNG = np.random.default_rng(0)
TIMES = {name: {"wall": 2.0, "cpu": 1.0} for name in rounds.TIMES}
ROW = {"method": "m", "version": "1.0", "note": "", **TIMES, "peak_megabytes": 300.0, "megabytes_before": 200.0}
ROW |= {"bytes_per_image": 64.0, "bytes_once": 0, "questions": 100}


def test_correlation_of_rows_is_scipys_ties_included():
    first, second = RNG.integers(0, 5, (3, 40)), RNG.normal(size=(3, 40))
    expected = [spearmanr(*pair).statistic for pair in zip(first, second, strict=True)]
    np.testing.assert_allclose(judging.spearman(first, second), expected, atol=1e-12)
    assert judging.spearman(np.ones((1, 4)), second[:1, :4]) == [0]


def test_retrainings_that_do_what_the_scores_add_up_to_score_one(tmp_path):
    scores, dropped = RNG.normal(size=(3, 20)), RNG.random((9, 20)) < 0.2
    dropped[:, 0], whole = True, RNG.normal(size=3)
    kept = {"subsets": dropped, "margins": whole + dropped @ scores.T, "whole": whole, "test_rows": np.array([7, 2, 5])}
    np.savez(tmp_path / "share.npz", **kept)
    known = judging.truths(tmp_path, np.array([2, 3, 5, 7]))
    (share,) = known
    assert share == f"{100 * dropped.mean():.3g}"
    np.testing.assert_array_equal(known[share][0].places, [0, 2, 3])
    asked = np.stack([scores[1], RNG.normal(size=20), scores[2], scores[0]])  # in the order of the asked rows
    for sign, kept_file in ((1, tmp_path / "as.npz"), (-1, tmp_path / "against.npz")):
        np.savez(kept_file, margin=sign * asked)
        (row,) = judging.Known({"margin": asked[:2]}, 4, known).judged_rows([{"method": "m", "scores": kept_file}])
        assert row["lds"][share] == pytest.approx((sign, sign, sign))
        assert row["spearman"]["margin"] == pytest.approx(sign)


def test_two_ways_to_the_same_scores_are_held_together(tmp_path):
    scores = RNG.normal(size=(3, 20))
    for name, values in (("a.npz", scores), ("b.npz", np.stack([2 * scores[0], -scores[1], scores[2]]))):
        np.savez(tmp_path / name, margin=values)
    slow = TIMES | {"one": {"wall": 60.0, "cpu": 40.0}}
    rows = [
        {"method": name, "scores": tmp_path / file, "questions": 3} | times
        for name, file, times in zip(judging.SAME, ("a.npz", "b.npz"), (TIMES, slow), strict=True)
    ]
    found = judging.beside(rows)
    assert (found["spearman"], found["least"]) == (pytest.approx(1), pytest.approx(-1))
    assert found["faster"] == {"one": {"wall": 30.0, "cpu": 40.0}, "hundred": {"wall": 1.0, "cpu": 1.0}}
    assert judging.beside(rows[:1]) == {}


def test_margins_are_loops():
    logits, labels = torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), torch.arange(6) % 4
    expected = [
        row[label] - max(value for place, value in enumerate(row) if place != label)
        for row, label in zip(logits, labels, strict=True)
    ]
    torch.testing.assert_close(problem.margins(logits, labels), torch.stack(expected))
    torch.testing.assert_close(
        problem.outputs(logits, labels, "loss"), functional.cross_entropy(logits, labels, reduction="none")
    )


def test_a_problem_is_read_as_it_was_written(tmp_path):
    images = torch.randn(10, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    recipe = Recipe((4, 3), epochs=2, batch=4)
    training = Training(Network(recipe.widths, 2, recipe.detail), recipe, images, torch.arange(10) % 2)
    end = training.run()
    written = problem.Problem(training, [end], images[:3], torch.tensor([0, 1, 0]), np.array([4, 5, 6]))
    written.save(tmp_path)
    read = problem.Problem.load(tmp_path)
    assert (read.training.network, read.training.recipe) == (training.network, recipe)
    torch.testing.assert_close(
        read.module()(images), training.network.logits(end.theta, end.statistics, images), rtol=0, atol=1e-5
    )
    np.testing.assert_array_equal(read.rows, written.rows)
    assert sum(read.rates) == pytest.approx(sum(recipe.rate_at(step, training.steps) for step in range(training.steps)))


def test_rounds_are_merged_to_medians_and_the_largest_memory():
    rows = [
        ROW | {"prepare": {"wall": wall, "cpu": wall / 2}, "peak_megabytes": 100 * wall} for wall in (1.0, 9.0, 2.0)
    ]
    found = rounds.merged(rows)
    assert (found["prepare"], found["peak_megabytes"], found["rounds"]) == ({"wall": 2.0, "cpu": 1.0}, 900.0, 3)
    assert rounds.merged([rows[0], {"method": "m", "reason": "why"}]) == {"method": "m", "reason": "why"}


def test_the_table_has_a_cell_for_each_column_and_says_why_a_method_is_missing():
    rows = [
        ROW | {"spearman": {"loss": 0.5, "margin": 0.25}, "lds": {"1": (0.75, 0.5, 1.0)}},
        {"method": "x", "reason": "no | such"},
    ]
    lines = table.markdown(rows).splitlines()
    assert {line.count("|") for line in lines} == {len(table.COLUMNS) + 1}
    assert (
        lines[2]
        == "| m 1.0 | 2 / 1 s | 2 / 1 s | 2 / 1 s | 300 MB (+100) | 64 | 0.500 / 0.250 | 0.750 [0.500, 1.000] (1 %) | – |"
    )
    assert "not measured: no / such" in lines[3]
    assert "| m 1.0 (some scores are no numbers) |" in table.markdown([ROW | {"finite_margin": False}])


def test_what_pip_refuses_is_quoted():
    said = """ERROR: Cannot install -r requirements.txt (line 1) and a-package==1.0
    because these package versions have conflicting dependencies.
    a-package 1.0 depends on numpy<2 and >=1.20
    other 3 depends on nothing"""
    found = absent.refusal("a-package==1.0", said)
    assert "a-package 1.0 depends on numpy<2 and >=1.20" in found
    assert "other" not in found
