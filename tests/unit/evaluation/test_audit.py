"""The audit: every ranking against a slow twin, the noise model against known noise, the queue against planted mistakes."""

import numpy as np
import pytest

from explorer.api import from_features
from explorer.attribution import Curvature, Scorer, estimator
from explorer.core.errors import ExplorerError
from explorer.evaluation import audit as audits
from explorer.evaluation.audit import Trusted
from explorer.evaluation.mislabels import fit_noise_model
from explorer.evaluation.refit import refit_relabelled
from explorer.models.head import Head, fit
from explorer.runs.results.audit import audit_run, load_audit, trusted_rows
from explorer.runs.results.audit_reasons import suspects
from explorer.runs.results.cleaning import cleaning_curve
from tests.support import naive
from tests.support.problems import PROBLEMS, Problem

# Enough images that rates can be estimated, few enough for a second: 600 with a clear but overlapping boundary.
CLOUD = Problem("cloud", "two overlapping clouds", n=600, d=4, l2=0.01)


def fitted(problem):
    features, labels = problem.draw()
    return Curvature(fit(features, labels, problem.classes, problem.l2))


def trusted(problem, m=12):
    features, labels = problem.tests(m)
    return Trusted(features, labels)


def planted(rates, problem=CLOUD, seed=1):
    """Features, labels with known mistakes, and the true labels; ``rates`` is the true T."""
    features, truth = problem.draw()
    rng = np.random.default_rng(seed)
    given = np.array([rng.choice(problem.classes, p=rates[label]) for label in truth])
    return features, given, truth


def more_of(problem, m):
    """Images from the same clouds with their true labels."""
    rng = np.random.default_rng(7)
    centres = np.random.default_rng(problem.seed)
    centres.permutation(np.arange(problem.n) % problem.classes)
    centres = centres.normal(size=(problem.classes, problem.d))
    labels = np.arange(m) % problem.classes
    features = centres[labels] + rng.normal(size=(m, problem.d))
    features[:, -1] = 1.0
    return Trusted(features, labels)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_self_influence_is_an_images_influence_on_itself(problem):
    curvature = fitted(problem)
    head = curvature.head
    rows = enumerate(zip(head.train_features, head.train_labels, strict=True))
    expected = [
        naive.influence_scores(head.train_features, head.train_labels, head.weights, head.l2, h, y)[i]
        for i, (h, y) in rows
    ]
    np.testing.assert_allclose(curvature.self_influences, expected, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_summed_influence_adds_gradients_times_newton_removals(problem):
    curvature, tests = fitted(problem), trusted(problem)
    head = curvature.head
    inverse = np.linalg.inv(naive.hessian(head.train_features, head.weights, head.l2))
    expected = np.zeros(problem.n)
    for i in range(problem.n):
        step = naive.removal_step(head.train_features, head.train_labels, head.weights, inverse, i).ravel()
        for h, y in zip(tests.features, tests.labels, strict=True):
            expected[i] += naive.image_gradient(head.weights, h, y) @ step
    np.testing.assert_allclose(audits.summed_influence(curvature, tests), expected, rtol=1e-6, atol=1e-10)


def test_summed_influence_is_nearly_the_sum_of_newton_scores():
    curvature, tests = fitted(CLOUD), more_of(CLOUD, 40)
    scorer = Scorer(curvature, estimator("newton"))
    sums = scorer.exact(scorer.tests(tests.features, tests.labels)).sum(axis=1)
    found = audits.summed_influence(curvature, tests)
    correlation = np.corrcoef(found, sums)[0, 1]
    np.testing.assert_allclose(found, sums, atol=0.05 * np.abs(sums).max())
    np.testing.assert_array_less(0.999, correlation)


def test_the_gain_of_relabelling_is_what_a_refit_gains():
    curvature, tests = fitted(CLOUD), more_of(CLOUD, 200)
    head, suggested = curvature.head, 1 - curvature.head.train_labels
    rows = np.arange(0, CLOUD.n, 20)
    gains = audits.relabelling_gain(curvature, tests, suggested)[rows]
    weights = refit_relabelled(curvature, list(rows[:, None]), list(suggested[rows, None]))
    after = [tests.risk(Head(head.train_features, head.train_labels, each, head.l2)) for each in weights]
    measured = tests.risk(head) - np.array(after)
    np.testing.assert_allclose(
        gains, measured, atol=0.1 * np.abs(measured).max()
    )  # the gain is first order in the loss
    np.testing.assert_array_less(0.99, np.corrcoef(gains, measured)[0, 1])


@pytest.mark.parametrize("problem", [PROBLEMS[1], PROBLEMS[3]], ids=lambda problem: problem.name)
def test_confident_learning_asks_a_model_that_has_not_seen_the_image(problem):
    head = fitted(problem).head
    fold_of = np.random.default_rng(0).permutation(problem.n) % 5
    expected = np.empty(problem.n)
    for fold in range(5):
        inside = fold_of != fold
        weights = naive.fit(head.train_features[inside], head.train_labels[inside], problem.classes, head.l2)
        for row in np.flatnonzero(~inside):
            expected[row] = naive.probabilities(weights, head.train_features[row])[head.train_labels[row]]
    np.testing.assert_allclose(audits.out_of_fold(head), expected, rtol=1e-2)


def test_neighbours_vote_by_cosine():
    head = fitted(PROBLEMS[1]).head
    points, n = head.train_features[:, :-1], len(head.train_labels)
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    expected = []
    for row in range(n):
        alike = int((head.train_labels == head.train_labels[row]).sum()) - 1
        order = [other for other in np.argsort(-(unit @ unit[row])) if other != row][: min(25, alike)]
        expected.append(np.mean([head.train_labels[other] != head.train_labels[row] for other in order]))
    np.testing.assert_allclose(audits.neighbour_disagreement(head.train_features, head.train_labels), expected)


RATES = {
    "systematic": np.array([[0.6, 0.4], [0.0, 1.0]]),
    "scattered": np.array([[0.9, 0.1], [0.1, 0.9]]),
    "clean": np.eye(2),
}


@pytest.mark.parametrize("kind", RATES)
def test_the_noise_model_finds_how_labels_were_exchanged(kind):
    features, given, _ = planted(RATES[kind])
    tests = more_of(CLOUD, 300)
    model = fit_noise_model(features, given, tests.features, tests.labels, 2, CLOUD.l2)
    np.testing.assert_allclose(model.transition.sum(axis=1), 1)
    np.testing.assert_allclose(model.posterior.sum(axis=1), 1)
    np.testing.assert_allclose(model.transition, RATES[kind], atol=0.12)


def test_the_noise_model_works_for_three_classes():
    problem = Problem("three clouds", "a class that nobody confuses stays out of it", classes=3, n=600, d=4, l2=0.01)
    rates = np.array([[0.7, 0.3, 0], [0, 1, 0], [0, 0, 1]])
    features, given, _ = planted(rates, problem)
    tests = more_of(problem, 300)
    model = fit_noise_model(features, given, tests.features, tests.labels, 3, problem.l2)
    np.testing.assert_allclose(model.transition, rates, atol=0.15)


@pytest.mark.parametrize("kind", ["systematic", "scattered"])
def test_the_queue_finds_planted_mistakes_as_well_as_the_best_single_ranking(kind):
    features, given, truth = planted(RATES[kind])
    wrong = given != truth
    result = audits.audit(fit(features, given, 2, CLOUD.l2), more_of(CLOUD, 300))
    areas = {name: audits.detection_curve(v, wrong, 1.0)["average_precision"] for name, v in result.evidence.items()}
    own = audits.detection_curve(result.score, wrong, 1.0)["average_precision"]
    assert own >= max(areas.values()) - 0.02, (own, areas)
    assert own > 2 * wrong.mean()


def test_a_curve_counts_the_wrong_labels_among_the_first():
    values, wrong = np.array([0.1, 0.9, 0.5, 0.7]), np.array([True, True, False, False])
    found = audits.detection_curve(values, wrong, 0.1)
    order = [1, 3, 2, 0]
    expected = [np.mean([wrong[row] for row in order[:count]]) for count in found["looked_at"]]
    np.testing.assert_allclose(found["share_wrong"], expected)
    np.testing.assert_allclose(found["average_precision"], (1 / 1 + 2 / 4) / 2)


def test_cleaning_is_a_refit_with_the_labels_put_right():
    features, given, truth = planted(RATES["systematic"])
    tests, head = more_of(CLOUD, 200), fit(features, given, 2, CLOUD.l2)
    order = np.argsort(given == truth, kind="stable")
    (found,) = audits.accuracies_after_review(Curvature(head), order, truth, [100], tests)
    labels = given.copy()
    labels[order[:100]] = truth[order[:100]]
    weights = naive.fit(features, labels, 2, CLOUD.l2)
    hit = (tests.features @ weights.T).argmax(axis=1) == tests.labels
    np.testing.assert_allclose(found, [hit[tests.labels == label].mean() for label in (0, 1)])


def test_an_audit_is_kept_and_says_why(run):
    result = audit_run(run, "even")
    again = load_audit(run, "even")
    np.testing.assert_array_equal(again.order, result.order)
    first = suspects(result, 40)
    assert [suspect.train_index for suspect in first] == result.order[:40].tolist()
    wrong = run.truth != run.train_labels
    assert np.mean([suspect.truly_wrong for suspect in first]) > 3 * wrong.mean()
    assert "probably mislabelled: more likely " in first[0].reason
    assert set(result.curves) == {"queue", *result.evidence}


def test_cleaning_curves_begin_alike_and_end_on_untouched_images(run):
    found = cleaning_curve(run, audit_run(run, "even"))
    assert found["untouched"]
    assert found["tests"] == len(run.test_labels) // 2
    np.testing.assert_array_equal(found["queue"][0], found["random"][0])
    assert len(found["queue"]) == len(found["counts"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 2 x", "holds 'x'; it must hold whole numbers"),
        ("99999", "There is no test image 99999"),
        ("0", "No trusted test image is of class"),
    ],
)
def test_a_strange_list_of_trusted_images_is_one_sentence(run, tmp_path, text, says):
    path = tmp_path / "trusted.txt"
    path.write_text(text)
    with pytest.raises(ExplorerError, match=says):
        trusted_rows(run, str(path))


def test_an_audit_of_few_trusted_images_runs_and_says_that_it_is_weak(run, tmp_path):
    assert audit_run(run, "even").caveats == []
    few = from_features(  # of which an audit takes no seconds
        np.asarray(run.head.train_features)[:120, :20],
        np.array(run.class_names)[run.train_labels[:120]],
        np.asarray(run.test_features)[:, :20],
        np.array(run.class_names)[run.test_labels],
        l2=0.1,
    ).run
    assert audit_run(few, "even").caveats == []
    path = tmp_path / "trusted.txt"
    path.write_text(" ".join(str(np.flatnonzero(few.test_labels == label)[0]) for label in (0, 1)))
    [said] = audit_run(few, str(path)).caveats
    assert "Few trusted test images show class 'cat', only 1" in said


def test_a_list_of_trusted_images_may_be_json_or_plain(run, tmp_path):
    path = tmp_path / "trusted.txt"
    rows = np.concatenate([np.flatnonzero(run.test_labels == label)[:3] for label in (0, 1)])
    path.write_text(str(rows.tolist()))
    np.testing.assert_array_equal(trusted_rows(run, str(path)), np.sort(rows))
    with pytest.raises(ExplorerError, match="give all, even, marked, or a text file"):
        trusted_rows(run, str(tmp_path / "nowhere"))
