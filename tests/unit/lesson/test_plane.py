"""The lesson's mathematics in JavaScript beside scikit-learn and statsmodels, in node: fits, refits, tangents, Cook's distance."""

import json
import re
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

import explorer
from explorer.lesson.plane_points import CLASSES
from explorer.lesson.plane_points import LINES as LINES_OF_STEP
from tests.support.reference_fits import sklearn_fit

PLANE = Path(explorer.__file__).parent / "app/pages/learn/lesson/plane"
MODULES = ("logistic_regression", "solvers", "least_squares", "notation", "state")
# Two solvers that both stop at ‖∇R‖ ≤ 1e-10 differ by 1e-10/λ at most; scikit-learn stops a little earlier.
REFIT = 1e-6


def imported(name):
    """A statement that imports all that a module of the lesson exports."""
    path = PLANE / f"{name}.js"
    names = re.findall(r"^export (?:function|const) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return f"import {{ {', '.join(names)} }} from {json.dumps(path.as_uri())};"


# Answers each line: an expression over the modules above it, and what is given.
ANSWERS = """
import { createInterface } from "node:readline";
const valueOf = ({ expression, given }) => eval(`(${expression})`);
createInterface({ input: process.stdin }).on("line", (line) => {
  let answer;
  try { answer = { value: valueOf(JSON.parse(line)) }; } catch (error) { answer = { error: error.stack }; }
  console.log(JSON.stringify(answer));
});
"""


@cache
def interpreter():
    """One node for all tests, which a hundred times would start for longer than it computes; it ends with its standard input."""
    driver = pytest.importorskip("playwright._impl._driver").compute_driver_executable()[0]
    command = [driver, "--input-type=module", "--eval", "\n".join([*map(imported, MODULES), ANSWERS])]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)


def node(expression, **given):
    """The value of a JavaScript expression over the lesson's modules."""
    interpreter().stdin.write(json.dumps({"expression": expression, "given": given}) + "\n")
    answer = json.loads(interpreter().stdout.readline())
    assert "error" not in answer, answer["error"]
    return answer.get("value")


def cloud(seed, n, apart=1.0, cats=0.5):
    """Points on the lesson's grid: cats to the left, dogs to the right."""
    rng = np.random.default_rng(seed)
    signs = np.where(np.arange(n) < cats * n, -1, 1)
    places = np.round(np.clip(rng.normal(size=(n, 2)) + apart * signs[:, None], -4, 4), 2)
    return [
        {"x": float(x), "y": float(y), "label": "dog" if s > 0 else "cat"}
        for (x, y), s in zip(places, signs, strict=True)
    ]


# Points, λ, and why the case is there.
CASES = {
    "two clouds": (cloud(0, 40), 0.01),
    "overlapping": (cloud(1, 60, apart=0.3), 0.1),
    "separable, hardly penalised": (cloud(2, 20, apart=3.0), 1e-4),
    "few cats": (cloud(3, 50, cats=0.12), 0.001),
    "many points": (cloud(4, 200, apart=0.8), 0.01),
    "one point twice": ([*cloud(5, 10), *cloud(5, 10)], 0.02),
    "heavily penalised": (cloud(6, 12), 1.0),
}
cases = pytest.mark.parametrize(("points", "l2"), CASES.values(), ids=CASES)


@cases
def test_the_fit_is_stationary_and_equals_scikit_learn(points, l2):
    fitted = node("fit(problemOf(given.points, given.l2))", points=points, l2=l2)
    assert fitted["slope"] <= 1e-10
    np.testing.assert_allclose(fitted["theta"], sklearn_fit(points, l2), rtol=0, atol=REFIT)


@cases
def test_slope_and_curvature_equal_differences_of_the_risk(points, l2):
    found = node(
        "(() => { const p = problemOf(given.points, given.l2), w = upweighted(p, 0, 0.7 / p.rows.length);"
        "return { ...slopeAndCurvature(p, given.theta, w), risks: given.near.map((t) => riskOf(p, t, w)),"
        "slopes: given.near.map((t) => slopeAndCurvature(p, t, w).slope) }; })()",
        points=points,
        l2=l2,
        theta=[0.3, -0.2, 0.1],
        near=(np.array([0.3, -0.2, 0.1]) + 1e-5 * np.concatenate([np.eye(3), -np.eye(3)])).tolist(),
    )
    risks, slopes = np.array(found["risks"]), np.array(found["slopes"])
    np.testing.assert_allclose(found["slope"], (risks[:3] - risks[3:]) / 2e-5, atol=1e-9)
    np.testing.assert_allclose(found["curvature"], (slopes[:3] - slopes[3:]) / 2e-5, atol=1e-9)


@cases
def test_all_refits_without_one_point_equal_scikit_learn(points, l2):
    refits = node(
        "(() => { const p = problemOf(given.points, given.l2); return refitsWithout(p, fit(p)); })()",
        points=points,
        l2=l2,
    )
    assert max(refit["slope"] for refit in refits) <= 1e-10
    for i in range(0, len(points), 7):
        weights = np.ones(len(points))
        weights[i] = 0.0
        np.testing.assert_allclose(refits[i]["theta"], sklearn_fit(points, l2, weights), rtol=0, atol=REFIT)


@pytest.mark.parametrize("times", [-1, -0.5, 0.25, 1, 3])
@cases
def test_upweighted_fits_equal_scikit_learn_with_that_sample_weight(points, l2, times):
    found = node(
        "(() => { const p = problemOf(given.points, given.l2); return fit(p, upweighted(p, 1, given.times / p.rows.length)); })()",
        points=points,
        l2=l2,
        times=times,
    )
    weights = np.ones(len(points))
    weights[1] += times
    np.testing.assert_allclose(found["theta"], sklearn_fit(points, l2, weights), rtol=0, atol=REFIT)


@cases
def test_the_tangent_is_the_derivative_of_real_refits(points, l2):
    found = node(
        "(() => { const p = problemOf(given.points, given.l2), f = fit(p), by = (e) => fit(p, upweighted(p, 2, e)).theta;"
        "return { tangent: tangentOf(p, f, 2), up: by(given.e), down: by(-given.e) }; })()",
        points=points,
        l2=l2,
        e=1e-4 / len(points),
    )
    slope = (np.array(found["up"]) - np.array(found["down"])) / (2e-4 / len(points))
    np.testing.assert_allclose(found["tangent"], slope, rtol=1e-4, atol=1e-5 / l2**0.5)


@cases
def test_first_order_scores_come_from_the_formula_and_lie_near_the_refits(points, l2):
    found = node(
        "(() => { const p = problemOf(given.points, given.l2), f = fit(p), row = [0.4, 0.3, 1];"
        "return { theta: f.theta, curved: firstOrderScores(p, f, row, -1), plain: firstOrderScores(p, f, row, -1, false),"
        "real: refitsWithout(p, f).map(({ theta }) => lossOf(row, -1, theta) - lossOf(row, -1, f.theta)) }; })()",
        points=points,
        l2=l2,
    )
    rows = np.array([[p["x"], p["y"], 1.0] for p in points])
    signs = np.array([1 if p["label"] == "dog" else -1 for p in points])
    wrong = 1 / (1 + np.exp(signs * (rows @ found["theta"])))
    slopes = (-signs * wrong)[:, None] * rows
    hessian = rows.T @ (rows * (wrong * (1 - wrong))[:, None]) / len(points) + l2 * np.eye(3)
    row = np.array([0.4, 0.3, 1.0])
    asked = row / (1 + np.exp(-row @ found["theta"]))
    np.testing.assert_allclose(found["plain"], slopes @ asked / len(points), atol=1e-12)
    np.testing.assert_allclose(found["curved"], slopes @ np.linalg.solve(hessian, asked) / len(points), atol=1e-10)
    # Not a claim of the lesson: a first-order score has the sign and the order of the real one where n is large.
    assert spearmanr(found["curved"], found["real"]).statistic > 0.95


@pytest.mark.parametrize("stretch", [1, 4, 8])
def test_without_bias_and_with_a_stretched_axis_the_fit_equals_scikit_learn(stretch):
    points = cloud(7, 40)
    found = node(
        "fit(problemOf(given.points, 0.01, { bias: false, stretch: given.stretch }))", points=points, stretch=stretch
    )
    np.testing.assert_allclose(
        found["theta"], sklearn_fit(points, 0.01, bias=False, stretch=stretch), rtol=0, atol=REFIT
    )


def test_conjugate_gradients_end_after_two_steps_and_gradient_descent_goes_where_its_formula_says():
    matrix, right = [[9.0, 1.5], [1.5, 0.6]], [1.0, -0.4]
    found = node(
        "{ cg: conjugateGradients(given.matrix, given.right, 4), down: steepestDescent(given.matrix, given.right, 30) }",
        matrix=matrix,
        right=right,
    )
    exact = np.linalg.solve(matrix, right)
    np.testing.assert_allclose(found["cg"][2]["v"], exact, rtol=1e-12)
    np.testing.assert_allclose(found["cg"][4]["v"], exact, rtol=1e-12)
    assert found["cg"][1]["residual"] > 0.1
    v = np.zeros(2)
    for step in found["down"]:
        np.testing.assert_allclose(step["v"], v, rtol=1e-10, atol=1e-14)
        rest = np.array(right) - np.array(matrix) @ v
        np.testing.assert_allclose(step["residual"], np.linalg.norm(rest) / np.linalg.norm(right), rtol=1e-8)
        v = v + rest * (rest @ rest) / (rest @ np.array(matrix) @ rest)


def test_ellipses_lie_on_their_level_and_condition_numbers_are_numpys():
    matrix = [[9.0, 1.5], [1.5, 0.6]]
    found = node("{ points: ellipse(given.matrix, [1, 2], 0.7), condition: condition(given.matrix) }", matrix=matrix)
    off = np.array(found["points"]) - [1, 2]
    np.testing.assert_allclose(np.einsum("ki,ij,kj->k", off, matrix, off) / 2, 0.7, rtol=1e-12)
    np.testing.assert_allclose(found["condition"], np.linalg.cond(matrix), rtol=1e-10)


def test_rank_correlation_is_scipys_with_ties_too():
    a, b = [1.0, 2.0, 2.0, 5.0, 3.0, 0.0], [4.0, 1.0, 3.0, 3.0, 3.0, -2.0]
    found = node("[rankCorrelation(given.a, given.b), rankCorrelation(given.a, [1, 1, 1, 1, 1, 1])]", a=a, b=b)
    np.testing.assert_allclose(found[0], spearmanr(a, b).statistic, rtol=1e-12)
    assert found[1] is None


def line(seed, n, *more):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-3, 3, n)
    y = 0.6 * x + 0.5 * rng.normal(size=n)
    return [{"x": round(float(a), 2), "y": round(float(b), 2)} for a, b in [*zip(x, y, strict=True), *more]]


LINES = {
    "a line": line(0, 20),
    "far out, on the line": line(1, 20, (4.0, 2.4)),
    "far out, off the line": line(2, 20, (4.0, -4.0)),
    "an outlier in the middle": line(3, 20, (0.0, 4.0)),
    "three points": line(4, 3),
    "two points at one place": [*line(5, 9), {"x": 0.0, "y": 1.0}, {"x": 0.0, "y": 1.0}],
    "200 points": line(6, 200),
}


@pytest.mark.parametrize("points", LINES.values(), ids=LINES)
def test_leverage_residual_and_cooks_distance_equal_statsmodels(points):
    api = pytest.importorskip("statsmodels.api")
    found = node("lineFigures(given.points)", points=points)
    x, y = np.array([[p["x"], p["y"]] for p in points]).T
    fitted = api.OLS(y, api.add_constant(x)).fit()
    theirs = fitted.get_influence()
    ours = {name: [each[name] for each in found["each"]] for name in found["each"][0]}
    np.testing.assert_allclose([found["intercept"], found["slope"]], fitted.params, atol=1e-10)
    np.testing.assert_allclose(ours["leverage"], theirs.hat_matrix_diag, atol=1e-10)
    np.testing.assert_allclose(ours["residual"], fitted.resid, atol=1e-10)
    np.testing.assert_allclose(ours["standard"], theirs.resid_studentized_internal, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(ours["cook"], theirs.cooks_distance[0], rtol=1e-8, atol=1e-8)


def test_equal_cook_curves_are_where_cooks_distance_is_that():
    found = node("[0.1, 0.4, 0.9].map((h) => [h, equalCook(0.5, h)])")
    np.testing.assert_allclose([r**2 / 2 * h / (1 - h) for h, r in found], 0.5, rtol=1e-12)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], None),
        ([{"x": 0, "y": 0}, {"x": 1, "y": 1}], None),
        ([{"x": 1, "y": 0}, {"x": 1, "y": 1}, {"x": 1, "y": 2}], None),
    ],
    ids=["no point", "two points", "all above one another"],
)
def test_where_there_is_no_line_there_is_no_number(points, expected):
    assert node("lineFigures(given.points)", points=points) == expected


def test_where_cooks_distance_is_not_defined_it_is_missing_and_never_nan():
    on_it = [{"x": x, "y": 0.5 * x} for x in (-1, 0, 2, 3)]
    alone = [{"x": 0, "y": 0}, {"x": 0, "y": 1}, {"x": 0, "y": 3}, {"x": 2, "y": 1}]
    found = [
        [each["cook"] for each in node("lineFigures(given.points)", points=points)["each"]] for points in (on_it, alone)
    ]
    assert found[0] == [None] * 4
    assert found[1][3] is None
    assert all(value >= 0 for value in found[1][:3])


def test_points_survive_a_link_and_a_malformed_one_is_told_in_one_sentence():
    text = "c-125_50d400_-400c0_0"
    found = node(
        "{ back: writtenPoints(readPoints(given.text, 'cd').points), points: readPoints(given.text, 'cd').points,"
        "wrong: ['c1', 'x1_2', 'c1_2c', 'c500_0', 'p1_2', given.many].map((text) => readPoints(text, 'cd').wrong) }",
        text=text,
        many="c1_2" * 201,
    )
    assert found["back"] == text
    assert found["points"][0] == {"x": -1.25, "y": 0.5, "label": "cat"}
    assert "cannot be read at “c1”" in found["wrong"][0]
    assert all("The preset is shown instead." in sentence for sentence in found["wrong"])
    assert "201" in found["wrong"][5]
    assert "at most 200" in found["wrong"][5]


def test_points_brought_along_from_another_kind_of_figure_are_not_called_wrong():
    found = node(
        "given.texts.map(([text, letters]) => usePoints({}, text, letters))",
        texts=[["c1_2d3_4", "p"], ["p1_2", "cd"], ["none", "p"], ["c1_2p3_4", "p"], ["x", "cd"]],
    )
    assert found[:3] == ["", "", ""]
    assert all("cannot be read" in sentence for sentence in found[3:])


@pytest.mark.parametrize("name", [*CLASSES, *LINES_OF_STEP])
def test_presets_come_from_their_seed_and_a_browser_reads_what_the_server_wrote(name):
    preset = (CLASSES | LINES_OF_STEP)[name]
    text, letters = preset.points(7), "p" if name in LINES_OF_STEP else "cd"
    assert preset.points(7) == text != preset.points(8)
    read = node("readPoints(given.text, given.letters)", text=text, letters=letters)
    assert read["wrong"] == ""
    assert len(read["points"]) == preset.size
    fresh = node("readPoints(given.text, given.letters, Infinity)", text=preset.fresh(7), letters=letters)["points"]
    assert len(fresh) == 2000
    # The same distribution: as many cats in a hundred, but for the rounding of a few points.
    cats = [np.mean([point["label"] == "cat" for point in points]) for points in (read["points"], fresh)]
    np.testing.assert_allclose(*cats, atol=0.03)
