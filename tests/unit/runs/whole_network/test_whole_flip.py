"""The flipping set of a whole network: taken from the strongest on, grown where it was not enough, verified by retraining."""

import json

import numpy as np
import pytest

from explorer.core import home
from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.evaluation.retrainings import without
from explorer.evaluation.whole_flip import GROWTH, SAFETY, TRIES, margin_ranking
from explorer.runs.whole_network import flipping, retrained_logits
from explorer.runs.whole_network.asked import Asked
from explorer.runs.whole_network.asked_pictures import test_pixels as pixels_of
from explorer.runs.whole_network.flipping import find_whole_flip, load_whole_flip, margin_scores
from explorer.runs.whole_network.network_outputs import losses
from explorer.runs.whole_network.whole import whole_of
from explorer.runs.whole_network.without import measured_without


def by_a_loop(scores, labels, margin):
    """The sets that are tried one after the other while none flips, the slow way: rows and predicted margins."""
    left = {label: int((labels == label).sum()) for label in set(labels.tolist())}
    order, predicted, sets, first = [], [margin], [], None
    for row in sorted(range(len(scores)), key=lambda row: (scores[row], row)):
        if scores[row] >= 0 or left[int(labels[row])] == 1:
            break
        left[int(labels[row])] -= 1
        order.append(row)
        predicted.append(predicted[-1] + scores[row])
        if first is None and predicted[-1] <= -SAFETY * margin:
            first = len(order)
    size = first
    while size is not None and len(sets) < TRIES and (not sets or size > len(sets[-1][0])):
        sets.append((order[:size], predicted[size]))
        size = min(len(order), max(size + 1, round(GROWTH * size)))
    return sets, predicted[-1]


@pytest.mark.parametrize(("size", "margin"), [(40, 2.0), (40, 9.0), (40, 0.001), (6, 1.0), (6, 50.0)])
def test_sets_are_those_of_a_plain_loop(size, margin):
    random = np.random.default_rng(size)
    scores, labels = random.standard_normal(size), random.integers(0, 2, size)
    labels[:2] = 0, 1
    expected, reach = by_a_loop(scores, labels, margin)
    ranking = margin_ranking(scores, labels, margin)
    counts, count = [], ranking.first
    while count and len(counts) < TRIES:
        counts.append(count)
        count = ranking.larger(count)
    assert [ranking.rows[:count].tolist() for count in counts] == [rows for rows, _ in expected]
    np.testing.assert_allclose([ranking.predicted(count) for count in counts], [found for _, found in expected])
    assert ranking.predicted(ranking.most) == pytest.approx(reach)


@pytest.fixture(scope="module")
def nearest(smooth_run):
    """The test image whose prediction is the least sure."""
    logits = whole_of(smooth_run).logits
    return int(np.abs(logits[:, 0] - logits[:, 1]).argmin())


def test_it_is_verified_by_trainings_without_the_images_and_none_is_made_twice(
    smooth_run, nearest, explorer, monkeypatch
):
    printed = explorer("flip", "--run", "smooth", "--test", str(nearest), "--method", "linearised", "--json")
    assert printed.returncode == 0, printed.stderr
    told = json.loads(printed.stdout)
    found = load_whole_flip(smooth_run, nearest, "linearised")
    network = whole_of(smooth_run)
    asked = Asked([found.before], [nearest], kind="margin")
    scores = network.answer(asked, "linearised").scores[0]
    last = found.tries[-1]
    assert told["tried"] == found.rows == np.argsort(scores, kind="stable")[: last.count].tolist()
    assert last.predicted == pytest.approx(found.margin + scores[found.rows].sum(), abs=1e-5)
    end = without(network.recording.training, found.rows)
    made = network.recording.training.network.logits(end.theta, end.statistics, pixels_of(smooth_run, [nearest]))[0]
    assert last.measured == pytest.approx(float(made[found.before] - made[1 - found.before]), abs=1e-4)
    assert (told["verified"], told["label_after"]) == (found.flipped, smooth_run.class_names[int(made.argmax())])
    assert (told["removed"] == found.rows) is found.flipped
    assert found.flipped is (last.measured < 0)

    known = measured_without(smooth_run, found.rows)  # as every page that asks for a real training reads it
    assert known is not None
    before, after = losses(np.stack([network.logits[nearest], made.numpy()]), smooth_run.test_labels[[nearest] * 2])
    assert known[nearest] == pytest.approx(after - before, abs=1e-4)

    monkeypatch.setattr(retrained_logits, "retrained", None)  # what is kept is not trained again
    assert find_whole_flip(smooth_run, nearest, "linearised") == found
    (home.root() / "whole_network" / smooth_run.id / f"flip-{nearest}-linearised.json").unlink()
    assert find_whole_flip(smooth_run, nearest, "linearised") == found


def test_what_the_scores_cannot_reach_is_not_trained(smooth_run, nearest, monkeypatch, explorer):
    monkeypatch.setattr(flipping, "margin_scores", lambda *_: np.full(24, -1e-9))
    found = flipping._searched(whole_of(smooth_run), nearest, "unrolled", silent)
    assert (found.tries, found.rows, found.after) == ([], [], found.before)
    assert found.reach == pytest.approx(found.margin, abs=1e-6)


def test_a_kept_derivative_of_the_loss_is_that_of_the_margin(smooth_run, nearest, monkeypatch):
    network = whole_of(smooth_run)
    by_margin = network.answer(Asked([int(network.logits[nearest].argmax())], [nearest], kind="margin"), "linearised")
    exact = type(network).answer
    monkeypatch.setattr(type(network), "answer", lambda self, asked, method, _: exact(self, asked, "linearised"))
    monkeypatch.setattr(flipping, "load_epochs", lambda folder, names: object())
    np.testing.assert_allclose(margin_scores(network, nearest, "unrolled"), by_margin.scores[0], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--method", "trak"], "Scores of trak have no unit"),
        (["--method", "influence"], "method"),
        (["--method", "unrolled", "--by", "relabelling"], "leaving images out"),
    ],
)
def test_what_cannot_be_flipped_gets_one_sentence(smooth_run, explorer, words, sentence):
    printed = explorer("flip", "--run", "smooth", "--test", "0", *words)
    assert printed.returncode == 2
    assert sentence in printed.stderr
    assert "Traceback" not in printed.stderr


def test_another_network_is_refused(run):
    with pytest.raises(ExplorerError, match="was not recorded"):
        find_whole_flip(run, 0, "unrolled")
