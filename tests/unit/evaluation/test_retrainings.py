"""Retrainings without random images, and how far predictions agree with them, against loops."""

import numpy as np
import pytest
import torch

from explorer.evaluation import retrainings
from explorer.evaluation.whole_agreement import Changes, datamodeling_interval, sizes
from explorer.models.smooth_cnn import Network, Recipe, Training
from tests.support import plain_truth

RESAMPLES = 30


def drawn(subsets, images, seed, ties=False):
    rng = np.random.default_rng(seed)
    measured = rng.standard_normal((subsets, images))
    predicted = measured + rng.standard_normal((subsets, images))
    if ties:
        predicted, measured = np.round(predicted), np.round(measured)
        predicted[:, 0] = 0
    return predicted, measured


BLOCKS = {
    "one seed": [drawn(8, 5, 0)],
    "ties, and a method that says nothing of one image": [drawn(9, 6, 1, ties=True)],
    "three seeds with as many subsets as there were": [drawn(7, 4, 2), drawn(5, 4, 3), drawn(6, 4, 4)],
}


@pytest.mark.parametrize("blocks", BLOCKS.values(), ids=BLOCKS)
def test_the_datamodeling_score_and_its_interval_are_scipys(blocks):
    found = datamodeling_interval([Changes(*block) for block in blocks], RESAMPLES)
    expected = np.mean([plain_truth.datamodeling_score(*block) for block in blocks])
    np.testing.assert_allclose(found, [expected, *plain_truth.resampled(blocks, RESAMPLES)], atol=1e-12)


def test_scores_in_the_right_order_have_1_and_in_the_reverse_order_minus_1():
    _, measured = drawn(10, 4, 0)
    assert datamodeling_interval([Changes(measured**3, measured)]) == (1, 1, 1)
    assert datamodeling_interval([Changes(-measured, measured)]) == (-1, -1, -1)


def test_sizes_are_those_of_a_line_through_0():
    predicted, _ = drawn(6, 3, 0)
    assert sizes(Changes(predicted, 1.5 * predicted)) == pytest.approx({"pearson": 1, "slope": 1.5})
    assert sizes(Changes(0 * predicted, predicted)) == {"pearson": 0, "slope": 0}


def test_subsets_have_their_share_and_more_of_them_begin_with_the_same():
    labels = np.arange(40) % 2
    few, many = (retrainings.subsets(labels, 0.1, count) for count in (3, 5))
    np.testing.assert_array_equal(few, many[:3])
    assert {len(np.unique(rows)) for rows in many} == {4}
    again = {tuple(rows) for rows in [*many, *retrainings.subsets(labels, 0.1, 5, seed=1)]}
    assert len(again) == 10


def test_no_class_loses_its_last_image():
    for rows in retrainings.subsets(np.array([0, 1, 1, 1]), 0.75, 20):
        assert 0 not in rows


def test_the_subsets_are_none_of_the_batches():
    """An order of an epoch and a subset drawn from the same seed were the same once: the subset was the first batch."""
    recipe = Recipe(widths=(4,), epochs=2, batch=10)
    training = Training(Network((4,), 2, 2.0), recipe, torch.zeros(100, 3, 8, 8), torch.arange(100) % 2)
    batches = [set(batch.rows.tolist()) for batch in training.batches()]
    for rows in retrainings.subsets(np.arange(100) % 2, 0.1, 20):
        assert max(len(batch & set(rows.tolist())) for batch in batches) < 8


@pytest.fixture(scope="module")
def training():
    recipe = Recipe(widths=(4, 4), epochs=2, batch=8)
    images = torch.randn(24, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    return Training(Network(recipe.widths, 3, recipe.detail), recipe, images, torch.arange(24) % 3)


def test_margins_and_losses_are_those_of_the_logits(training):
    exam = retrainings.Exam(training.images, training.labels)
    state = training.run()
    logits = training.network.logits(state.theta, state.statistics, training.images).tolist()
    for row, (found, loss) in enumerate(retrainings.outcome(training, state, exam).T):
        label = row % 3
        others = [logit for place, logit in enumerate(logits[row]) if place != label]
        assert found == pytest.approx(logits[row][label] - max(others), abs=1e-6)
        assert loss == pytest.approx(np.log(np.exp(logits[row]).sum()) - logits[row][label], abs=1e-5)


def test_a_retraining_without_anybody_is_the_training_and_without_one_it_never_saw_the_picture(training):
    assert torch.equal(retrainings.without(training, []).theta, training.run().theta)
    other = torch.clone(training.images)
    other[[3, 5]] = 7.0
    blind = Training(training.network, training.recipe, other, training.labels)
    found = retrainings.without(training, [5, 3])
    assert torch.equal(found.theta, retrainings.without(blind, [3, 5]).theta)
    assert not torch.equal(found.theta, retrainings.without(training, [3, 5], seed=1).theta)


def test_the_judged_images_are_the_first_of_a_shuffled_test_set():
    found = retrainings.shown(30, 10)
    assert len(set(found.tolist())) == 10
    np.testing.assert_array_equal(found, retrainings.shown(30, 20)[:10])
    assert sorted(retrainings.shown(5, 50)) == [0, 1, 2, 3, 4]
