"""What experiments on pixels and groups compute, beside slow twins, finite differences and counting by hand."""

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.attribution import Curvature, Scorer, estimator
from explorer.datasets.pictures import ArrayPictures
from explorer.evaluation.saliency import (
    blurred_patches,
    blurred_whole,
    box_share,
    influence_score,
    leading_patches,
    patch_contributions,
    patch_saliency,
    patches_per_side,
    random_patches,
)
from explorer.evaluation.sensitivity import FeatureRefit, gradient_slopes, loss_slopes
from explorer.experiments.artefact.carrier_shares import carrier_shares
from explorer.experiments.domain_mismatch.attributes import extremes, red_light
from explorer.experiments.remove_helpful.removal_curve import ORDERS, confidence_changes
from explorer.experiments.training_attack.attack import difference, random_change
from explorer.models.backbones import extract_features
from explorer.models.head import fit
from explorer.models.pixels import FeaturePipeline
from explorer.models.standardisation import standardised
from explorer.runs.network_view import train_pictures, view_of
from tests.support import naive
from tests.support.problems import PROBLEMS, Problem

cases = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: f"{problem.name}: {problem.reason}")
STEP = 1e-5


def differences(value, features):
    """Central differences of a number by each feature ``(d,)``."""
    found = np.empty(len(features))
    for place in range(len(features)):
        step = np.zeros(len(features))
        step[place] = STEP
        found[place] = (value(features + step) - value(features - step)) / (2 * STEP)
    return found


def curved(problem):
    return Curvature(fit(*problem.draw(), problem.classes, problem.l2))


@cases
def test_the_slope_of_a_loss_is_that_of_finite_differences(problem):
    head, (features, labels) = curved(problem).head, problem.tests()
    found = loss_slopes(head, features, labels)
    for row, (feature, label) in enumerate(zip(features, labels, strict=True)):
        expected = differences(lambda h, label=label: naive.loss(head.weights, h, label), feature)
        np.testing.assert_allclose(found[row], expected, rtol=1e-6, atol=1e-8)


@cases
def test_the_slope_of_a_pull_is_that_of_finite_differences(problem):
    head, (features, labels) = curved(problem).head, problem.tests()
    pulls = np.random.default_rng(0).normal(size=(len(labels), head.classes - 1, features.shape[1]))
    found = gradient_slopes(head, features, labels, pulls)
    for row, (feature, label) in enumerate(zip(features, labels, strict=True)):
        along = (head.basis @ pulls[row]).ravel()
        expected = differences(lambda h, y=label, x=along: naive.image_gradient(head.weights, h, y) @ x, feature)
        np.testing.assert_allclose(found[row], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["two", "three", "leverage", "wide"])
def test_the_slope_through_the_refit_is_that_of_really_refitted_heads(name):
    problem = next(each for each in PROBLEMS if each.name == name)
    curve, test = curved(problem), problem.tests(1)[0][0]
    head, label = curve.head, int(curve.head.logits(test[None])[0].argmax())
    found = FeatureRefit(curve).margin_slopes(head, test, label, np.array([2]))[0]

    def led(feature):
        features = head.train_features.copy()
        features[2] = feature
        logits = naive.fit(features, head.train_labels, problem.classes, problem.l2) @ test
        return logits[label] - np.delete(logits, label).max()

    # the direction is solved to a thousandth, and a refit to 1e-10 leaves 1e-5 in a difference quotient
    np.testing.assert_allclose(found, differences(led, head.train_features[2]), rtol=5e-3, atol=1e-4)


@cases
def test_a_refit_on_other_features_is_the_slow_twins(problem):
    curve = curved(problem)
    head, features = curve.head, curve.head.train_features.copy()
    features[1, :-1] = np.random.default_rng(1).normal(size=features.shape[1] - 1) * 2
    found = FeatureRefit(curve).refit(features, head, 1e-11)
    expected = naive.fit(features, head.train_labels, problem.classes, problem.l2)
    np.testing.assert_allclose(found.weights, expected, atol=1e-6)
    np.testing.assert_array_equal(head.train_features[1], curve.head.train_features[1])


def smooth_view(size):
    """A small smooth network, of which finite differences over whole levels are meaningful."""
    torch.manual_seed(0)
    body = [torch.nn.Conv2d(3, 6, 3), torch.nn.Softplus(), torch.nn.AdaptiveAvgPool2d(2), torch.nn.Flatten()]
    network = torch.nn.Sequential(*body, torch.nn.Linear(24, 3)).requires_grad_(False)
    return FeaturePipeline(network, size, np.full(24, 0.1), np.linspace(0.5, 2, 24))


def some_picture(width, height, seed=0):
    pixels = np.random.default_rng(seed).integers(60, 200, size=(height, width, 3))
    return Image.fromarray(pixels.astype(np.uint8))


# Levels by which a pixel is moved: rounding after enlarging is half a level in each pixel that it touches.
@pytest.mark.parametrize(("shape", "levels", "tolerance"), [((16, 16), 8, 0.01), ((12, 20), 48, 0.1)])
def test_pixels_are_pulled_as_finite_differences_say(shape, levels, tolerance):
    view, picture = smooth_view(16), some_picture(*shape)
    seen, weights = view.forward([picture]), np.random.default_rng(1).normal(size=25)
    found = seen.vjp(weights[None])[0]
    assert found.shape == (shape[1], shape[0], 3)
    for row, column, channel in ((8, 6, 0), (10, 5, 1), (7, 7, 2)):
        values = []
        for sign in (1, -1):
            pixels = np.array(picture)
            pixels[row, column, channel] = int(pixels[row, column, channel]) + sign * levels
            values.append(float(view.forward([Image.fromarray(pixels)]).features[0] @ weights))
        expected = (values[0] - values[1]) / (2 * levels / 255)
        scale = np.abs(found).max()
        np.testing.assert_allclose(found[row, column, channel] / scale, expected / scale, atol=tolerance)


def test_a_view_sees_the_features_of_the_run(run):
    view, pictures = view_of(run), train_pictures(run)
    seen = view.forward([pictures[row] for row in range(5)])
    np.testing.assert_allclose(seen.features, run.head.train_features[:5], atol=1e-3)
    expected = standardised(extract_features(view.network, pictures, range(5), view.size), view.mean, view.deviation)
    np.testing.assert_allclose(seen.features, expected, atol=1e-4)


def test_a_score_of_two_pictures_is_the_runs(run):
    scores = run.scorer("influence").exact(run.tests_of(np.array([3])), np.array([7]))
    train = (run.head.train_features[7], int(run.train_labels[7]))
    np.testing.assert_allclose(
        influence_score(run.curvature, train, (run.test_features[3], int(run.test_labels[3]))), scores[0, 0]
    )


def test_patches_carry_what_blurring_takes_from_a_linear_number():
    picture, weights = some_picture(40, 32), np.random.default_rng(2).normal(size=(32, 40, 3))
    sums, before = patch_contributions(weights, picture), (weights * np.asarray(picture) / 255).sum()
    for row, column in ((0, 0), (3, 5), (7, 7)):
        chosen = np.zeros((patches_per_side(picture), patches_per_side(picture)), dtype=bool)
        chosen[row, column] = True
        after = (weights * np.asarray(blurred_patches(picture, chosen)) / 255).sum()
        np.testing.assert_allclose(sums[row, column], before - after, atol=1e-9)
    np.testing.assert_allclose(sums.sum(), before - (weights * np.asarray(blurred_whole(picture)) / 255).sum())


def test_a_tenth_of_the_patches_leads_and_chance_takes_as_many():
    sums = np.arange(64.0).reshape(8, 8)
    assert leading_patches(sums).sum() == 6
    assert leading_patches(sums)[7, 2:].all()
    assert all(each.sum() == 6 for each in random_patches(8, 0))


def test_the_share_of_a_box_is_counted():
    slopes = np.zeros((10, 10, 3))
    slopes[2, 3], slopes[9, 9] = 1.0, -3.0
    assert box_share(slopes, (3, 2, 4, 3)) == 0.25
    assert box_share(0 * slopes, (0, 0, 5, 5)) == 0.0
    assert box_share(slopes.sum(axis=2), (9, 9, 10, 10)) == 0.75


def test_plain_saliency_is_summed_over_patches():
    slopes = np.zeros((32, 40, 3))
    slopes[0, 0], slopes[31, 39] = -1.0, (0.5, -0.5, 0)
    sums = patch_saliency(slopes, some_picture(40, 32))
    assert (sums[0, 0], sums[7, 7], sums.sum()) == (3, 1, 4)


def test_changes_of_confidence_are_those_of_really_refitted_heads():
    problem = Problem("removal", "enough rows to leave some out", n=30, l2=0.1)
    scorer = Scorer(curved(problem), estimator("newton"))
    head, (features, _) = scorer.head, problem.tests(2)
    targets = head.logits(features).argmax(axis=1)
    found = confidence_changes(scorer, features, targets, [1, 4], [(0, 0), (0, 1)])
    scores = scorer.exact(scorer.tests(features, targets))
    assert found.shape == (2, len(ORDERS), 2)
    for test in range(2):
        order = np.argsort(-scores[:, test])
        for place, rows in ((0, order[:4]), (3, order[::-1][:4])):
            keep = np.ones(problem.n)
            keep[rows] = 0
            weights = naive.fit(head.train_features, head.train_labels, 2, problem.l2, keep)
            after, before = (
                naive.probabilities(each, features[test])[targets[test]] for each in (weights, head.weights)
            )
            np.testing.assert_allclose(found[test, place, 1], after - before, atol=1e-5)


def test_the_share_of_carriers_is_counted_among_the_strongest():
    scorer = Scorer(curved(PROBLEMS[0]), estimator("influence"))
    features, labels = PROBLEMS[0].tests(1)
    strongest = np.argsort(-np.abs(scorer.exact(scorer.tests(features, labels))[:, 0]))
    carriers = np.zeros(len(strongest), dtype=bool)
    carriers[strongest[[0, 2, 9]]] = True
    assert carrier_shares(scorer, features, labels, carriers, 4).tolist() == [0.5]


def test_pictures_are_put_into_groups_by_what_can_be_measured():
    pixels = np.full((20, 8, 8, 3), 128, dtype=np.uint8)
    pixels[4], pixels[9], pixels[13, :, :, 1:] = 0, 255, 0
    pixels[17, ::2] = 20
    found = extremes(ArrayPictures(pixels), range(20))
    assert (found["darkest"], found["brightest"], found["reddest"], found["most detailed"]) == ([4], [9], [13], [17])
    lit = np.asarray(red_light(Image.fromarray(pixels[9])))
    assert (lit[:, :, 0] == 255).all()
    assert not lit[:, :, 1:].any()


def test_a_change_without_aim_stays_within_its_reach_and_is_shown_enlarged():
    picture = some_picture(9, 7)
    other = random_change(picture, 3, seed=1)
    change = np.asarray(other).astype(int) - np.asarray(picture)
    assert set(np.unique(change)) == {-3, 3}
    np.testing.assert_array_equal(np.asarray(difference(picture, other, 20)), 128 + 20 * change)


def test_pictures_that_are_changed_have_hashes_of_their_own(run, tmp_path):
    from explorer.experiments.domain_mismatch.domain_shift import RedLight
    from explorer.experiments.training_attack.attack import _Replaced

    pictures = run.dataset.train.pictures
    known, lit = pictures.ids(), RedLight(pictures).ids()
    assert len({*known, *lit}) == 2 * len({*known})
    pictures[1].save(tmp_path / "new.png")
    replaced = _Replaced(pictures, {3: tmp_path / "new.png"}).ids()
    assert [row for row in range(len(known)) if replaced[row] != known[row]] == [3]
