"""Where the estimate fails: three experiments on the run of all tests, each against a slow computation of its own."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import spearmanr

from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.experiments import EXPERIMENTS
from explorer.experiments.group_effects.experiment import TESTS, GroupEffects
from explorer.experiments.large_leverage.experiment import TESTS as SHOWN
from explorer.experiments.large_leverage.experiment import LargeLeverage
from explorer.experiments.seeds.experiment import Seeds
from explorer.experiments.selection import random_tests
from explorer.models.head import Head, fit


@pytest.fixture(scope="module")
def leverage(run, tmp_path_factory):
    return LargeLeverage(images=40, l2=0.05).measure(run, tmp_path_factory.mktemp("leverage"), silent)


def test_every_removal_is_a_refit_of_the_problem_without_the_image(run, leverage):
    from explorer.datasets import stratified

    rows, shown = stratified(run.train_labels, 40, 0), random_tests(run, SHOWN, 0)
    features, labels = np.asarray(run.head.train_features[rows]), run.train_labels[rows]
    whole, expected = fit(features, labels, 2, 0.05), []
    tests, targets = np.asarray(run.test_features[shown]), run.test_labels[shown]
    for row in range(0, len(rows), 5):
        kept = np.delete(np.arange(len(rows)), row)
        left = fit(features[kept], labels[kept], 2, 0.05 * len(rows) / len(kept))  # λ and n stay
        expected.append(left.losses(tests, targets) - whole.losses(tests, targets))
    measured = np.reshape(leverage["measured"], (len(rows), SHOWN))[::5]
    assert_allclose(measured, expected, atol=1e-7)
    assert leverage["gradient_norm"] < 1e-9


def test_with_large_leverages_newton_keeps_to_the_refit_and_the_first_order_falls_short(leverage):
    assert leverage["largest_leverage"] > 0.3
    slopes = {name: found["slope"]["value"] for name, found in leverage["agreement"].items()}
    assert slopes["influence"] > 1.2
    assert abs(slopes["newton"] - 1) < 0.1


@pytest.mark.parametrize("images", [3, 100_000])
def test_a_number_of_images_that_cannot_be_had_is_refused(run, images, tmp_path):
    with pytest.raises(ExplorerError, match=rf"^images is {images}; this run allows 4 to {len(run.train_labels):,}\.$"):
        LargeLeverage(images=images).measure(run, tmp_path, silent)


def test_groups_are_predicted_by_their_sum_and_measured_by_a_refit(run, groups):
    found = groups
    tests = run.tests_of(random_tests(run, TESTS, 0))
    scores = run.scorer("newton").exact(tests).mean(axis=1)
    order, n = np.argsort(scores, kind="stable"), len(scores)
    before = run.head.losses(tests.features, tests.targets)
    for point in found["groups"]["harmful"][::2]:
        size = point["size"]
        assert_allclose(point["predicted"], scores[order[:size]].sum(), rtol=1e-9)
        kept = np.delete(np.arange(n), order[:size])
        left = fit(np.asarray(run.head.train_features)[kept], run.train_labels[kept], 2, run.head.l2 * n / len(kept))
        after = Head(left.train_features, left.train_labels, left.weights, run.head.l2)
        assert_allclose(point["measured"], (after.losses(tests.features, tests.targets) - before).mean(), atol=1e-7)
    assert [point["size"] for point in found["groups"]["random"]] == sorted(
        {p["size"] for p in found["groups"]["random"]}
    )


@pytest.fixture(scope="module")
def groups(run, tmp_path_factory):
    return GroupEffects().measure(run, tmp_path_factory.mktemp("groups"), silent)


@pytest.fixture(scope="module")
def networks(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeds")
    return Seeds(networks=2, images=40).measure(run, folder, silent), folder


def test_two_seeds_are_compared_by_ranks_and_by_what_they_share(networks):
    found, folder = networks
    one, other = (np.load(folder / f"seed-{seed}.npy") for seed in (0, 1))
    ranks = [spearmanr(one[:-1, test], other[:-1, test]).statistic for test in range(found["tests"])]
    assert_allclose(found["ranks"], ranks, atol=1e-12)
    assert found["spearman"] < 0.999  # another network, other scores
    assert_allclose(found["accuracy"], [one[-1].mean(), other[-1].mean()])


def test_an_interrupted_measurement_trains_no_network_twice(run, networks, monkeypatch):
    from explorer.models import small_cnn

    found, folder = networks
    monkeypatch.setattr(small_cnn, "train", lambda *_: pytest.fail("a network was trained again"))
    assert Seeds(networks=2, images=40).measure(run, folder, silent) == found


def test_one_network_cannot_be_compared(run, tmp_path):
    with pytest.raises(ExplorerError, match=r"^networks is 1 and images is 1000; give at least 2 networks, and 4 to"):
        Seeds(networks=1).measure(run, tmp_path, silent)


def test_each_has_a_figure_with_words_for_those_who_cannot_see_it(leverage, networks, groups):
    results = {"large-leverage": leverage, "seeds": networks[0], "group-effects": groups}
    for name, found in results.items():
        (drawn,) = EXPERIMENTS[name]().figures(found)
        assert drawn.figure.data
        assert len(drawn.alt) > 30
