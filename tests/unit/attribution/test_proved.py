"""Rows of features in shards: a scan in int8 whose bound is one, and leaders that are those of float64 over all rows."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.attribution import ESTIMATORS, Curvature, Scorer
from explorer.attribution.row import leaders, proved_row
from explorer.attribution.scan import Question, Scan, exact_values, scan_blocks
from explorer.core.errors import DamagedError, ExplorerError
from explorer.models.head import Head, fit
from explorer.runs.run import Run
from explorer.shards import ShardedRows, append
from explorer.shards.quantised import quantised
from tests.support.problems import PROBLEMS, Problem, mistaken

# Numbers of all sizes that half precision has, zero and equal ones among them.
HALF = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 1e-7, -6e4]), st.floats(-100, 100, width=16))
# Sizes whose products float64 holds: where even these vanish, nothing is left to be ordered.
FREE = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 1e-30, -1e30]), st.floats(1e-9, 10), st.floats(-10, -1e-9))


class Held:
    """Rows in memory that are scanned as rows in shards are."""

    def __init__(self, features, height=5):
        self.features, self.height = features, height

    def __getitem__(self, rows):
        return self.features[rows]

    def read_first(self, rows):
        """Memory has no checksums."""

    def scan_blocks(self):
        for start in range(0, len(self.features), self.height):
            whole, scales = quantised(self.features[start : start + self.height])
            yield slice(start, start + len(whole)), whole, scales[:, 0], scales[:, 1]


@st.composite
def scanned(draw):
    """Features, coefficients and vectors of a row."""
    n, d, contrasts = draw(st.integers(1, 12)), draw(st.integers(1, 6)), draw(st.integers(1, 3))
    features = draw(arrays(np.float64, (n, d), elements=HALF))
    return (
        features,
        draw(arrays(np.float64, (n, contrasts), elements=FREE)),
        draw(arrays(np.float64, (contrasts, d), elements=FREE)),
    )


def linear(values):
    return values


def loss(probability):
    """Return the change of the loss by that of a logit (two classes), ``probability`` of the other class."""

    def change(values):
        with np.errstate(over="ignore", divide="ignore"):
            return np.log1p(probability * np.expm1(values))

    return change


def true_value(row, coefficients, vectors):
    """c · (U x) without any rounding."""
    pulled = [
        sum((Fraction(a) * Fraction(b) for a, b in zip(row, vector, strict=True)), Fraction(0)) for vector in vectors
    ]
    return sum((Fraction(c) * p for c, p in zip(coefficients, pulled, strict=True)), Fraction(0))


@given(scanned())
@settings(max_examples=60, deadline=None)
def test_no_value_is_farther_from_the_scanned_one_than_its_bound(problem):
    features, coefficients, vectors = problem
    scan = scan_blocks(Held(features).scan_blocks(), coefficients, Question.of(vectors))
    for row, own, value, bound in zip(features, coefficients, scan.values, scan.bounds, strict=True):
        assert abs(true_value(row, own, vectors) - Fraction(value)) <= Fraction(bound)


@given(scanned(), st.integers(1, 5), st.sampled_from([linear, loss(0.3), loss(1.0), loss(1e-300)]))
@settings(max_examples=100, deadline=None)
def test_the_leaders_of_a_scan_are_those_of_float64_ties_included(problem, top, score):
    features, coefficients, vectors = problem
    vectors = np.clip(vectors, -1e3, 1e3)
    held = Held(features)
    scores = score(exact_values(held, np.arange(len(features)), coefficients, vectors))
    row = proved_row(held, coefficients, vectors, score, top, None)
    for found, expected in zip((row.helpful, row.harmful), leaders(scores, top), strict=True):
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(row.scores[found], scores[expected])


RNG = np.random.default_rng(0)
CASES = [
    ("all alike", np.ones((40, 8)), np.ones((40, 1)), np.ones((1, 8))),
    ("all of one sign", np.abs(RNG.normal(size=(40, 8))), np.ones((40, 1)), np.ones((1, 8))),
    ("no coefficient", RNG.normal(size=(40, 8)), np.zeros((40, 1)), np.ones((1, 8))),
    ("no question", RNG.normal(size=(40, 8)), np.ones((40, 1)), np.zeros((1, 8))),
    (
        "rows of all sizes",
        RNG.normal(size=(40, 8)) * 10.0 ** RNG.integers(-5, 4, (40, 1)),
        np.full((40, 1), 0.01),
        np.ones((1, 8)),
    ),
    (
        "one entry hides the others",
        np.eye(8)[RNG.integers(0, 8, 40)] * 6e4 + 1,
        RNG.normal(size=(40, 1)) / 1e3,
        RNG.normal(size=(1, 8)),
    ),
    ("each row twice", np.repeat(RNG.normal(size=(20, 8)), 2, axis=0), np.ones((40, 1)), RNG.normal(size=(1, 8))),
    ("the loss can fall no further", RNG.normal(size=(40, 8)) * 100, np.ones((40, 1)), np.ones((1, 8))),
    ("nothing is lost to eight bits", RNG.integers(-127, 128, (40, 8)) * 1.0, np.ones((40, 1)), np.ones((1, 8))),
]


@pytest.mark.parametrize(
    ("features", "coefficients", "vectors"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
@pytest.mark.parametrize("score", [linear, loss(0.4), loss(1 - 1e-9)], ids=["linear", "loss", "a sure mistake"])
@pytest.mark.parametrize("top", [3, 100])
def test_hard_cases(features, coefficients, vectors, score, top):
    features = features.astype(np.float16).astype(float)
    held = Held(features)
    scores = score(exact_values(held, np.arange(len(features)), coefficients, vectors))
    row = proved_row(held, coefficients, vectors, score, top, None)
    np.testing.assert_array_less(np.abs(row.scores - scores), row.error + 1e-12 * np.abs(scores).max() + 1e-300)
    for found, expected in zip((row.helpful, row.harmful), leaders(scores, top), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_sums_of_int8_are_whole_numbers_however_large():
    features = np.full((3, 4096), -127.0)
    scan = scan_blocks(Held(features).scan_blocks(), np.ones((3, 1)), Question.of(np.full((1, 4096), 127.0)))
    np.testing.assert_array_equal(scan.values, np.full(3, -(127.0**2) * 4096))


def test_few_rows_of_many_are_computed_in_float64():
    features = RNG.normal(size=(20_000, 32)).astype(np.float16).astype(float)
    coefficients, vectors = RNG.normal(size=(20_000, 1)), RNG.normal(size=(1, 32))
    scan = scan_blocks(Held(features, 6_000).scan_blocks(), coefficients, Question.of(vectors))
    assert 48 <= len(scan.candidates(24, linear)) < 400


def test_a_value_that_is_known_exactly_needs_no_margin():
    scan = Scan(np.array([3.0, -1.0, 2.0, -4.0, 0.0]), np.zeros(5))
    np.testing.assert_array_equal(scan.candidates(1, linear), [0, 3])


# Heads over shards


def sharded(features, folder):
    append(folder, features, rows_a_shard=16)
    return ShardedRows.open(folder)


def both(problem, folder):
    """The same head over features in memory and in shards."""
    features, labels = problem.draw()
    half = features.astype(np.float16).astype(float)
    whole = fit(half, labels, problem.classes, problem.l2)
    curve = Curvature(whole)
    kept = {name: getattr(curve, name) for name in curve.saved_names}
    return curve, Curvature(Head(sharded(half, folder), labels, whole.weights, problem.l2), kept)


STRONG = Problem("strong", "few images: the loss is far from linear", 2, 30, 6, 1e-3, mistaken)
two = pytest.mark.parametrize(
    "problem", [*(p for p in PROBLEMS if p.classes == 2), STRONG], ids=lambda p: f"{p.name}: {p.reason}"
)


@two
@pytest.mark.parametrize(
    "method",
    ["newton", "influence", "similarity", "graddot", "gradcos", "relatif", "tracin", "representer", "influence-cg"],
)
def test_two_classes_in_shards_have_the_leaders_of_float64(problem, method, tmp_path):
    whole, shards = both(problem, tmp_path)
    for feature, target in zip(*problem.tests(), strict=True):
        expected = Scorer(whole, ESTIMATORS[method]).row(feature, target, 5)
        row = Scorer(shards, ESTIMATORS[method]).row(feature, target, 5)
        np.testing.assert_array_equal(row.helpful, expected.helpful)
        np.testing.assert_array_equal(row.harmful, expected.harmful)
        most = np.abs(expected.scores).max()
        led = np.concatenate([row.helpful, row.harmful])
        np.testing.assert_allclose(row.scores[led], expected.scores[led], rtol=0, atol=1e-9 * most)
        assert not row.exact
        np.testing.assert_array_less(np.abs(row.scores - expected.scores), row.error + 1e-9 * most)


THREE = Problem("three", "a matrix for each image: the score is no function of one number", 3)


def test_more_classes_in_shards_have_proved_leaders_where_the_score_is_linear(tmp_path):
    whole, shards = both(THREE, tmp_path)
    for feature, target in zip(*THREE.tests(), strict=True):
        expected, row = (Scorer(curve, ESTIMATORS["influence"]).row(feature, target, 5) for curve in (whole, shards))
        np.testing.assert_array_equal(row.helpful, expected.helpful)
        np.testing.assert_array_equal(row.harmful, expected.harmful)
        np.testing.assert_array_less(np.abs(row.scores - expected.scores), row.error)


def test_newton_with_more_classes_proves_nothing_in_shards_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.attribution.scoring.EXACT_PRODUCTS", 0)
    whole, shards = both(THREE, tmp_path)
    feature, target = (part[0] for part in THREE.tests())
    expected, row = (Scorer(curve, ESTIMATORS["newton"]).row(feature, target, 5) for curve in (whole, shards))
    assert row.error is None
    np.testing.assert_allclose(row.scores, expected.scores, rtol=0, atol=1e-9 * np.abs(expected.scores).max())


@pytest.mark.parametrize("method", ["newton", "influence", "similarity"])
@pytest.mark.parametrize("problem", [STRONG, THREE], ids=["two classes", "three classes"])
def test_an_export_of_shards_is_exact(problem, method, tmp_path):
    whole, shards = both(problem, tmp_path)
    scorers = [Scorer(curve, ESTIMATORS[method]) for curve in (whole, shards)]
    expected, found = (scorer.exact(scorer.tests(*problem.tests())) for scorer in scorers)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("name", ["scan-00001.npy", "scan-scales-00001.npy", "features-00001.npy"])
def test_a_flipped_byte_of_a_shard_is_never_used(name, tmp_path):
    _, shards = both(STRONG, tmp_path)
    file = tmp_path / name
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(DamagedError, match=name):
        Scorer(shards, ESTIMATORS["newton"]).row(STRONG.tests()[0][0], 0, 30)


def test_a_screen_and_the_command_line_say_that_a_row_is_a_first_scan(run, tmp_path):
    from explorer.app.components.methods.methods import score_meaning
    from explorer.cli.explain import _json, _lines
    from explorer.runs.results.explanation import all_scores, explain

    proved = Run(run.folder, run.manifest)
    rows = sharded(np.asarray(run.head.train_features), tmp_path)
    vars(proved)["head"] = Head(rows, run.train_labels, run.head.weights, run.head.l2)
    for method in ("newton", "graddot", "influence-cg"):
        found = explain(proved, 7, method)
        said = f"a first scan, off by {found.error:.1e} at most"
        assert said in score_meaning(found)
        assert any(said in line for line in _lines(found))
        assert _json(found)["scan"] == {"proved": method != "influence-cg", "error": found.error}
        np.testing.assert_array_less(np.abs(found.scores - all_scores(proved, 7, method)), found.error + 1e-12)
    assert "scan" not in _json(explain(run, 7))
    assert set(run.methods) - set(proved.methods) == {"influence-lissa"}
    with pytest.raises(ExplorerError, match="choose influence-cg, which reads shards"):
        explain(proved, 7, "influence-lissa")
