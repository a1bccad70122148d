"""Solves of a head of many classes climb: a product against the dense Hessian, a solve against its inverse, scores against it."""

import numpy as np
import pytest

from explorer.attribution import Curvature, Scorer, estimator
from explorer.attribution.class_blocks import ClassBlocks
from explorer.attribution.class_rows import estimated_rows, right_sides, solved_rows
from explorer.attribution.class_system import ClassSystem
from explorer.attribution.row import leaders
from explorer.models.head import fit

CLASSES, IMAGES, WIDTH = 6, 90, 5
# Images of a class in its block.
ADDED = 30


def made(l2, seed=0):
    """A head of six classes, two of them rare."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate(
        [np.arange(CLASSES), rng.choice(CLASSES, IMAGES - CLASSES, p=[0.4, 0.3, 0.14, 0.1, 0.03, 0.03])]
    )
    features = rng.normal(size=(IMAGES, WIDTH)) * [3, 1, 1, 0.3, 0.1] + rng.normal(size=(CLASSES, WIDTH))[labels]
    return fit(np.column_stack([features, np.ones(IMAGES)]), labels, CLASSES, l2)


def hessian(head):
    """H ``(Cd, Cd)`` in class coordinates, image by image."""
    d, total = head.train_features.shape[1], 0
    for p, h in zip(head.train_probabilities, head.train_features, strict=True):
        total = total + np.kron(np.diag(p) - np.outer(p, p), np.outer(h, h)) / len(head.train_labels)
    return total + head.l2 * np.eye(head.classes * d)


def sides(head, count=3):
    """Right sides whose rows sum to zero."""
    rows = np.random.default_rng(1).normal(size=(count, head.classes, head.train_features.shape[1]))
    return rows - rows.mean(axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def not_prompt(monkeypatch):
    """Every solve is taken for one that is longer than a click, and may end early."""
    monkeypatch.setattr("explorer.attribution.class_rows.PROMPT_PRODUCTS", 0)


@pytest.fixture(params=[1.0, 1e-3], ids=["tight", "loose"])
def head(request):
    return made(request.param)


def test_a_product_is_that_of_the_dense_hessian(head):
    rows = sides(head)
    expected = (rows.reshape(len(rows), -1) @ hessian(head)).reshape(rows.shape)
    found = ClassSystem(head).passed(rows)
    np.testing.assert_allclose(found.images, expected, atol=1e-6 * np.abs(expected).max())
    np.testing.assert_allclose(found.strengths, np.einsum("kcd,kcd->k", rows, expected), rtol=1e-6)


def test_a_solve_is_that_of_the_dense_inverse(head):
    rows = sides(head)
    expected = np.linalg.solve(hessian(head), rows.reshape(len(rows), -1).T).T.reshape(rows.shape)
    found = ClassSystem(head).solve(rows, 1e-8)
    assert found.share <= 1e-8
    np.testing.assert_allclose(found.solutions, expected, atol=1e-6 * np.abs(expected).max())


def test_what_is_asked_for_nothing_is_nothing(head):
    rows = sides(head, 2) * np.array([0.0, 1.0])[:, None, None]
    found = ClassSystem(head).solve(rows, 1e-8)
    assert not found.solutions[0].any()
    assert found.solutions[1].any()


def test_leaders_without_a_factor_are_those_with_one_and_other_scores_off_by_no_more_than_is_said(head, monkeypatch):
    tests, targets = head.train_features[:4] + 0.3, np.array([0, 1, 2, 5])
    rows = []
    for limit in (10_000, 10):
        monkeypatch.setattr("explorer.attribution.curvature.DENSE_LIMIT", limit)
        scorer = Scorer(Curvature(head), estimator("influence-cg"))
        rows.append(scorer.rows(scorer.tests(tests, targets), 8))
    for exact, solved in zip(*rows, strict=True):
        largest, led = np.abs(exact.scores).max(), np.concatenate([exact.helpful, exact.harmful])
        np.testing.assert_allclose(
            solved.scores[led], exact.scores[led], atol=max(solved.error and 1e-5 * largest, 1e-6 * largest)
        )
        np.testing.assert_allclose(solved.scores, exact.scores, atol=max(solved.error, 1e-6 * largest))
        np.testing.assert_array_equal(solved.helpful, exact.helpful)
        np.testing.assert_array_equal(solved.harmful, exact.harmful)


def test_a_solve_that_takes_no_longer_than_a_click_is_exact_in_every_score(head, monkeypatch):
    monkeypatch.setattr("explorer.attribution.class_rows.PROMPT_PRODUCTS", 10**9)
    exact = Scorer(Curvature(head), estimator("influence")).rows(questions(head), 8)
    for row, whole in zip(solved_rows(ClassSystem(head), questions(head), 8), exact, strict=True):
        assert row.residual < 1e-6
        np.testing.assert_allclose(row.scores, whole.scores, atol=1e-6 * np.abs(whole.scores).max())


def test_half_a_pass_finds_the_same_as_a_whole_one(head):
    whole, half = (ClassSystem(head).passed(sides(head), images) for images in (True, False))
    assert half.images is None
    np.testing.assert_allclose(half.strengths, whole.strengths, rtol=1e-6)
    np.testing.assert_array_equal(half.pulls, whole.pulls)


def test_pulls_are_those_of_the_residuals_of_all_images(head):
    rows = sides(head)
    slopes = head.train_probabilities - np.eye(head.classes)[head.train_labels]
    expected = np.einsum("nc,nd,kcd->kn", slopes, head.train_features, rows)
    np.testing.assert_allclose(ClassSystem(head).passed(rows).pulls, expected, atol=1e-6 * np.abs(expected).max())


def questions(head):
    return Scorer(Curvature(head), estimator("influence")).tests(head.train_features[:4] + 0.3, np.array([0, 1, 2, 5]))


def test_questions_asked_together_have_the_answers_of_each_alone(head):
    tests, system = questions(head), ClassSystem(head)
    alone = [solved_rows(system, tests.take(slice(place, place + 1)), 8)[0] for place in range(4)]
    for one, each in zip(alone, solved_rows(system, tests, 8), strict=True):
        error = max(one.error + each.error, 1e-6 * np.abs(one.scores).max())
        np.testing.assert_allclose(each.scores, one.scores, atol=error)
        np.testing.assert_array_equal(each.helpful, one.helpful)


def written_pairs(head, pairs, strong=0):
    """About the Hessian ``(Cd, Cd)``: the pairs of most p (1 − p)‖h‖² as they are; of the others each class by itself, which is the
    diagonal in the eigenvectors' basis, and of the ADDED next ones of the class all that lies in the strongest directions."""
    features, p, n = head.train_features, head.train_probabilities, len(head.train_labels)
    vectors = np.linalg.eigh(features.T @ features / n)[1]
    weights = p * (1 - p) * (features**2).sum(axis=1)[:, None]
    heavy = weights >= np.sort(weights.ravel())[-pairs]
    rest, d = np.where(heavy, 0, weights), features.shape[1]
    near = (rest >= np.sort(rest, axis=0)[-ADDED]) & ~heavy
    total = head.l2 * np.eye(p.shape[1] * d)
    for h, shares, own, next_ones in zip(features, p, heavy, near, strict=True):
        few, bent, turned = shares * own, shares * (1 - shares), h @ vectors
        alone, part = np.diag(turned**2), np.outer(turned, turned)
        part[: d - strong] = part[:, : d - strong] = 0
        part[np.diag_indices(d)] = turned**2
        total += np.kron(np.diag(few) - np.outer(few, few), np.outer(h, h)) / n
        total += np.kron(np.diag(bent * next_ones), vectors @ part @ vectors.T) / n
        total += np.kron(np.diag(bent * ~(own | next_ones)), vectors @ alone @ vectors.T) / n
    return total


@pytest.mark.parametrize(("numbers", "strong"), [(0, 0), (60, 3), (10**6, WIDTH + 1)])
@pytest.mark.parametrize("pairs", [1, 20, IMAGES], ids=["few", "some", "all: the Hessian itself"])
def test_the_heaviest_pairs_of_image_and_class_are_inverted_as_they_are(head, pairs, numbers, strong, monkeypatch):
    monkeypatch.setattr("explorer.attribution.class_pairs.PAIRS", pairs)
    monkeypatch.setattr("explorer.attribution.class_pairs.ADDED", ADDED)
    monkeypatch.setattr("explorer.attribution.class_pairs.LEFT", 1e-6)
    monkeypatch.setattr("explorer.attribution.class_pairs.MOST_INNER", 200)
    monkeypatch.setattr("explorer.attribution.class_blocks.BLOCK_NUMBERS", numbers)
    monkeypatch.setattr("explorer.attribution.class_blocks.MANY", 1)
    rows = sides(head).astype(np.float32)
    tied = min((2 if strong else 1) * pairs, IMAGES) * CLASSES
    expected = np.linalg.solve(written_pairs(head, tied, strong), rows.reshape(len(rows), -1).T).T.reshape(rows.shape)
    found = ClassSystem(head)._preconditioner.solve(rows)
    np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max())


@pytest.mark.parametrize("l2", [1e-3, 1e-12])
def test_blocks_of_images_that_are_all_alike_are_inverted_and_stay_positive(l2):
    rng, d = np.random.default_rng(3), 40
    images = (1e3 * rng.normal(size=d) + 1e-3 * rng.normal(size=(200, d))).astype(np.float32)
    blocks = ClassBlocks.empty(100 * d, d, 2)
    blocks.fill(1, images, (images.astype(float) ** 2).sum(axis=0) + l2)
    found = blocks.times(np.array([1]), np.eye(d, dtype=np.float32)[None])[0]
    assert np.isfinite(found).all()
    assert np.linalg.eigvalsh(found.astype(float)).min() > 0
    assert images[0] @ found @ images[0] < 1.1 / len(images)  # 1/r, where the block is r of them


def test_no_class_has_more_pairs_than_its_block_may_hold(head, monkeypatch):
    monkeypatch.setattr("explorer.attribution.class_pairs.MOST", 7)
    preconditioner = ClassSystem(head)._preconditioner
    assert max(group.weighed.shape[1] for group in preconditioner.groups) == 7
    found = ClassSystem(head).solve(sides(head), 1e-8)
    assert found.share <= 1e-8


def written_estimate(head, right):
    """The solution ``(Cd,)`` that the pairs give, of the length of least energy."""
    dense = hessian(head)
    step = np.linalg.solve(written_pairs(head, 20 * CLASSES), right.ravel()).reshape(right.shape)
    step = (step - step.mean(axis=0)).ravel()
    return step * (step @ right.ravel()) / (step @ dense @ step)


def test_an_estimate_is_marked_and_is_the_written_out_one(head, monkeypatch):
    monkeypatch.setattr("explorer.attribution.class_pairs.PAIRS", 20)
    monkeypatch.setattr("explorer.attribution.class_pairs.LEFT", 1e-6)
    monkeypatch.setattr("explorer.attribution.class_pairs.MOST_INNER", 200)
    tests = questions(head)
    slopes = head.train_probabilities - np.eye(head.classes)[head.train_labels]
    gradients = (slopes[:, :, None] * head.train_features[:, None]).reshape(IMAGES, -1)
    rows = estimated_rows(ClassSystem(head), tests, 8)
    for row, right in zip(rows, right_sides(tests), strict=True):
        assert (row.exact, row.error) == (False, None)
        expected = gradients @ written_estimate(head, right) / IMAGES
        np.testing.assert_allclose(row.scores, expected, atol=1e-3 * np.abs(expected).max())


def test_fifty_classes_have_the_leaders_of_the_dense_factor():
    rng = np.random.default_rng(4)
    labels = np.arange(150) % 50
    features = np.column_stack([rng.normal(size=(50, 7))[labels] + rng.normal(size=(150, 7)), np.ones(150)])
    many = fit(features, labels, 50, 3e-3)
    tests = Scorer(Curvature(many), estimator("influence")).tests(features[:3] + 0.2, labels[:3])
    exact = Scorer(Curvature(many), estimator("influence")).rows(tests, 24)
    for row, true in zip(solved_rows(ClassSystem(many), tests, 24), exact, strict=True):
        np.testing.assert_array_equal(row.helpful, true.helpful)
        np.testing.assert_array_equal(row.harmful, true.harmful)
        np.testing.assert_allclose(row.scores, true.scores, atol=max(row.error, 1e-6 * np.abs(true.scores).max()))


def stopped(head):
    """After each step of four questions: the proof, the step, the true scores ``(k, n)`` and the norms of the true residuals."""
    system, right, dense = ClassSystem(head), right_sides(questions(head)), hessian(head)
    slopes = head.train_probabilities - np.eye(head.classes)[head.train_labels]
    gradients = (slopes[:, :, None] * head.train_features[:, None]).reshape(IMAGES, -1) / IMAGES
    flat = right.reshape(len(right), -1)
    true = np.linalg.solve(dense, flat.T).T @ gradients.T
    for step, _ in zip(system._steps(right), range(25), strict=False):
        yield system.proof, step, true, np.linalg.norm(flat - step.solutions.reshape(flat.shape) @ dense, axis=1)


def test_a_step_s_residual_is_within_its_bound_also_long_after_convergence(head):
    for _, step, _, residuals in stopped(head):
        np.testing.assert_array_less(residuals, step.bounds)


def test_a_score_is_off_by_no_more_than_its_bound_allows_and_who_is_proved_to_lead_does(head):
    proved = 0
    for proof, step, true, _ in stopped(head):
        for pulls, exact, bound in zip(step.pulls, true, step.bounds, strict=True):
            scores = pulls / IMAGES
            rounding = 1e-6 * np.abs(exact).max()
            assert (np.abs(scores - exact) <= proof.errors(bound) + rounding).all()
            if proof.leads(scores, 8, bound):
                proved += 1
                for found, led in zip(leaders(scores, 8), leaders(exact, 8), strict=True):
                    np.testing.assert_array_equal(found, led)
    assert proved


def test_nothing_is_proved_of_a_residual_as_large_as_a_gap_nor_of_two_equal_scores(head):
    proof, _, true, _ = next(stopped(head))
    scores = true[0].copy()
    assert proof.leads(scores, 8, 1e-9)
    first, second = leaders(scores, 8)[0][:2]
    apart = proof._distances(np.array([first]), np.array([second]))[0]
    assert not proof.leads(scores, 8, (scores[first] - scores[second]) * head.l2 * IMAGES / apart)
    scores[second] = scores[first]
    assert not proof.leads(scores, 8, 1e-9)
