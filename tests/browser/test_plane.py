"""The lesson's figures in a real browser: what they draw after a drag equals scikit-learn and statsmodels; keys, touch, links."""

import json
import re

import numpy as np
import pytest
from scipy.stats import spearmanr

from tests.support.chromium import back, loaded_once, visited, watched
from tests.support.plane_figure import (
    BOUNDARY,
    FIELD,
    NUMBER,
    address_settles,
    drawn,
    in_view,
    line,
    losses,
    off,
    points_of,
    pull,
    slopes_and_hessian,
    standing,
    values,
)
from tests.support.reference_fits import sklearn_fit


@pytest.fixture(scope="module")
def page(somebody):
    """A reader's window, which goes from figure to figure."""
    with visited(somebody) as page:
        yield loaded_once(page)


def test_risk_after_a_drag_is_scikit_learns_and_the_address_says_the_points_that_are_drawn(page, reading_server):
    standing(page, reading_server, 2)
    before = drawn(page)
    pull(page, 3, 1.5, 0.8)
    pull(page, 30, -2.0, -1.0)
    points = drawn(page)
    assert [point for point in points if point not in before] == [points[3], points[30]]
    assert points_of(address_settles(page, "points")) == points
    theta = sklearn_fit(points, 0.01)
    np.testing.assert_allclose(off(theta, line(page, "fitted")), 0, atol=BOUNDARY)
    loss, penalty, risk = values(page, ".figures tbody tr:nth-child(1) td")
    np.testing.assert_allclose(loss, losses(points, theta).mean(), atol=NUMBER)
    np.testing.assert_allclose(penalty, 0.005 * theta @ theta, atol=NUMBER)
    np.testing.assert_allclose(risk, loss + penalty, atol=1e-12)
    # The boundary turned by 25 degrees has the same penalty, and more risk on the points it was not fitted to turn from.
    turned = values(page, ".figures tbody tr:nth-child(3) td")
    np.testing.assert_allclose(turned[1], penalty, atol=1e-12)
    assert turned[2] > risk


def test_expected_risk_is_the_average_loss_on_the_presets_own_fresh_points(page, reading_server):
    from explorer.lesson.plane_points import CLASSES

    standing(page, reading_server, 2, data="wild", seed=3)
    fresh = points_of(CLASSES["wild"].fresh(3))
    theta = sklearn_fit(drawn(page), 0.01)
    loss, _, _ = values(page, ".figures tbody tr:nth-child(2) td")
    np.testing.assert_allclose(loss, losses(fresh, theta).mean(), atol=NUMBER)
    assert page.get_by_text("Fitted: 2,000 fresh points").is_visible()


def test_the_grip_turns_the_boundary_and_the_curve_follows(page, reading_server):
    standing(page, reading_server, 2)
    page.locator(".grip").focus()
    page.keyboard.press("Shift+ArrowRight")
    assert page.locator(".grip").get_attribute("aria-valuenow") == "35"
    a, b, bias = sklearn_fit(drawn(page), 0.01)
    cos, sin = np.cos(np.radians(35)), np.sin(np.radians(35))
    np.testing.assert_allclose(off([cos * a - sin * b, sin * a + cos * b, bias], line(page, "yours")), 0, atol=BOUNDARY)
    assert address_settles(page, "turn") == "35"


def test_a_left_out_point_goes_and_every_refit_of_the_table_is_scikit_learns(page, reading_server):
    field = standing(
        page, reading_server, 3, points="c-100_20c-150_-40c80_60d120_-10d90_150d-20_-120c-200_100d200_40", star="c50_30"
    )
    points = drawn(page)
    pull(page, 2, 0.4, 0.2)
    points = drawn(page)
    field.locator('.point[data-row="2"]').click()
    keep = np.ones(len(points))
    keep[2] = 0
    theta, without = sklearn_fit(points, 0.01), sklearn_fit(points, 0.01, keep)
    np.testing.assert_allclose(off(without, line(page, "fitted")), 0, atol=BOUNDARY)
    np.testing.assert_allclose(off(theta, line(page, "ghost")), 0, atol=BOUNDARY)
    star = [{"x": 0.5, "y": 0.3, "label": "cat"}]
    rows = page.locator(".refits tbody tr").evaluate_all(
        "(all) => all.map((one) => [+one.dataset.row, +one.lastChild.dataset.value])"
    )
    assert sorted(row for row, _ in rows) == list(range(8))
    assert [change for _, change in rows] == sorted((change for _, change in rows), reverse=True)
    for row, change in rows:
        weights = np.ones(8)
        weights[row] = 0
        expected = losses(star, sklearn_fit(points, 0.01, weights)) - losses(star, theta)
        np.testing.assert_allclose(change, expected[0], atol=NUMBER)
        shown = page.locator(f'.refits tr[data-row="{row}"] td').last
        assert shown.text_content()[0] == ("▲" if change > 0 else "▼")
    field.locator('.point[data-row="2"]').click()
    np.testing.assert_allclose(off(theta, line(page, "fitted")), 0, atol=BOUNDARY)


def test_up_weighting_draws_the_refit_and_the_tangent(page, reading_server):
    field = standing(page, reading_server, 4, l2="0.01")
    field.locator('.point[data-row="7"]').click()
    slider = page.get_by_role("slider", name="Extra weight")
    slider.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    assert address_settles(page, "eps") == "2.3"
    points = drawn(page)
    n, weights = len(points), np.ones(len(points))
    weights[7] += 2.3
    theta, refit = sklearn_fit(points, 0.01), sklearn_fit(points, 0.01, weights)
    np.testing.assert_allclose(off(refit, line(page, "fitted")), 0, atol=BOUNDARY)
    slopes, hessian = slopes_and_hessian(points, theta, 0.01)
    tangent = -np.linalg.solve(hessian, slopes[7])
    np.testing.assert_allclose(off(theta + 2.3 / n * tangent, line(page, "predicted")), 0, atol=BOUNDARY)
    cells = np.array(values(page, ".figures tbody tr:nth-child(n+2) td")).reshape(2, 5)
    star = [{"x": 0.5, "y": 0.3, "label": "cat"}]
    np.testing.assert_allclose(
        cells[0], [*refit, losses(star, refit)[0], (losses(star, refit) - losses(star, theta))[0]], atol=NUMBER
    )
    np.testing.assert_allclose(cells[1][:3], theta + 2.3 / n * tangent, atol=NUMBER)
    slider.press("Home")
    weights[7] = 0
    np.testing.assert_allclose(off(sklearn_fit(points, 0.01, weights), line(page, "fitted")), 0, atol=BOUNDARY)
    assert slider.get_attribute("aria-valuetext") == "−1/n: left out"


def test_curvature_ranks_arrows_and_residuals_are_computed_from_the_same_refits(page, reading_server):
    standing(page, reading_server, 5, stretch=6)
    pull(page, 4, -0.5, 1.0)
    points = drawn(page)
    n, star = len(points), [{"x": 0.2, "y": -2.0, "label": "cat"}]
    theta, *refits = [
        sklearn_fit(points, 0.01, (np.arange(n) != i).astype(float), bias=False, stretch=6) for i in range(-1, n)
    ]
    np.testing.assert_allclose(off([6 * theta[0], theta[1]], line(page, "fitted")), 0, atol=BOUNDARY)
    real = [(losses(star, refit, 6) - losses(star, theta, 6))[0] for refit in refits]
    slopes, hessian = slopes_and_hessian(points, theta, 0.01, stretch=6)
    asked = np.array([1.2, -2.0]) / (1 + np.exp(-np.array([1.2, -2.0]) @ theta))
    expected = [spearmanr(slopes @ through, real).statistic for through in (np.linalg.solve(hessian, asked), asked)]
    np.testing.assert_allclose(values(page, ".chart-title"), expected, atol=1e-9)
    ends = page.locator(".plane .arrow").evaluate_all(
        "(all) => all.map((one) => [one.getAttribute('class'), one.dataset.end])"
    )
    arrows = {kind.split()[1]: json.loads(end) for kind, end in ends}
    np.testing.assert_allclose(arrows["real"], refits[4] - theta, atol=NUMBER)
    np.testing.assert_allclose(arrows["curved"], np.linalg.solve(hessian, slopes[4]) / n, atol=NUMBER)
    conjugate, steepest = values(page, ".figures tbody tr td:nth-child(2)")
    assert conjugate < 1e-10
    v = np.zeros(2)
    for _ in range(2):
        rest = asked - hessian @ v
        v += rest * (rest @ rest) / (rest @ hessian @ rest)
    np.testing.assert_allclose(steepest, np.linalg.norm(asked - hessian @ v) / np.linalg.norm(asked), atol=NUMBER)


def found(page, text):
    """What a task says once it is done; the spoken line says it too, a moment later."""
    return page.locator(".plane .found", has_text=text)


def test_cooks_distance_of_the_dragged_point_is_statsmodels_and_a_found_case_is_said(page, reading_server):
    api = pytest.importorskip("statsmodels.api")
    standing(page, reading_server, 6, data="far")
    pull(page, 0, 0.1, -2.0)
    x, y = np.array([[p["x"], p["y"]] for p in drawn(page)]).T
    theirs = api.OLS(y, api.add_constant(x)).fit().get_influence()
    leverage, residual, standard, cook = values(page, ".figures tbody tr td:nth-child(2)")
    np.testing.assert_allclose(cook, theirs.cooks_distance[0][0], rtol=0, atol=1e-8)
    np.testing.assert_allclose(leverage, theirs.hat_matrix_diag[0], rtol=0, atol=1e-8)
    np.testing.assert_allclose(residual, theirs.resid[0], rtol=0, atol=1e-8)
    np.testing.assert_allclose(standard, theirs.resid_studentized_internal[0], rtol=0, atol=1e-8)
    fitted = api.OLS(y, api.add_constant(x)).fit().params
    np.testing.assert_allclose(line(page, "fitted") @ [-fitted[1], 1], fitted[0], atol=BOUNDARY)
    assert cook > 0.5
    assert found(page, "This one is both.").is_visible()
    assert not found(page, "it has bent the line to itself").is_visible()


def test_influence_without_a_large_residual_breaks_the_sentence(page, reading_server):
    standing(page, reading_server, 5)  # from another step: the field has its own points again
    standing(page, reading_server, 6, data="far")
    pull(page, 0, 0, -1.0)
    found(page, "it has bent the line to itself").wait_for()
    live = page.locator(".plane [aria-live]")
    live.filter(has_text="Influential, and its residual is no outlier").wait_for(state="attached")


def test_points_are_moved_added_removed_and_brought_back_by_keyboard_alone(page, reading_server):
    field = standing(page, reading_server, 2, points="c-100_0d100_0")
    page.get_by_role("slider", name="Shift it").wait_for()
    page.locator(".plane .skip").focus()
    page.keyboard.press("Tab")
    for _ in range(2):
        page.keyboard.press("Tab")
    point = field.get_by_role("button", name="cat 1 at −1.00, 0.00")
    assert point.evaluate("(one) => one === one.getRootNode().activeElement")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    assert drawn(page)[0] == {"x": -1.5, "y": 0.05, "label": "cat"}
    page.keyboard.press("d")
    assert [point["label"] for point in drawn(page)] == ["cat", "dog", "dog"]
    page.keyboard.press("Delete")
    page.keyboard.press("Delete")
    assert [point["label"] for point in drawn(page)] == ["cat"]
    page.keyboard.press("Delete")
    assert drawn(page) == []
    assert page.locator(".figures tbody tr").first.locator("td").first.text_content() == "–"
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    assert [point["label"] for point in drawn(page)] == ["cat", "dog", "dog"]
    page.get_by_role("button", name="Reset").click()
    assert len(drawn(page)) == 40


def test_a_press_on_the_field_adds_a_point_of_the_chosen_class(page, reading_server):
    field = standing(page, reading_server, 2)
    box = field.locator(".frame-of-field").bounding_box()
    page.get_by_role("button", name="adds a dog").click()
    page.mouse.click(box["x"] + box["width"] / 8, box["y"] + box["height"] / 8)
    assert drawn(page)[40] == {"x": pytest.approx(-3, abs=0.02), "y": pytest.approx(3, abs=0.02), "label": "dog"}
    page.get_by_role("button", name="moves points").click()
    page.mouse.click(box["x"] + box["width"] / 8, box["y"] + 7 * box["height"] / 8)
    assert len(drawn(page)) == 41


def test_a_finger_drags_a_point(browser, reading_server):
    with watched(browser, has_touch=True) as page:
        standing(page, reading_server, 3, points="c-100_0d100_0d200_100")
        before = drawn(page)
        box = page.locator(f'{FIELD} .point[data-row="0"] .mark').bounding_box()
        touch = page.context.new_cdp_session(page)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        for kind, spots in (
            ("touchStart", [(x, y)]),
            ("touchMove", [(x - 20, y + 30)]),
            ("touchMove", [(x - 40, y + 60)]),
            ("touchEnd", []),
        ):
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in spots]})
        after = drawn(page)
        assert [i for i in range(3) if before[i] != after[i]] == [0]
        assert after[0]["x"] < before[0]["x"]
        assert after[0]["y"] < before[0]["y"]


def test_a_copied_link_opens_as_the_same_figure_with_the_same_panels_hidden(browser, reading_server):
    with watched(browser, permissions=["clipboard-read", "clipboard-write"]) as page:
        standing(page, reading_server, 4, data="mislabelled", seed=5)
        pull(page, 9, 0.7, 0.3)
        page.locator(".panels-menu summary").click()
        page.get_by_role("checkbox", name="Refitted and predicted").uncheck()
        page.get_by_role("button", name="Copy link").click()
        page.get_by_text("Link copied").wait_for()
        link, points, ends = page.evaluate("navigator.clipboard.readText()"), drawn(page), line(page, "fitted")
        assert "hide=numbers" in link
        page.goto("about:blank")
        page.goto(link)
        in_view(page)
        assert drawn(page) == points
        np.testing.assert_allclose(line(page, "fitted"), ends, atol=1e-12)
        assert not page.get_by_role("heading", name="Refitted and predicted").is_visible()
        assert page.get_by_role("heading", name="Loss of the test point").is_visible()


@pytest.mark.parametrize(
    ("points", "words"),
    [("c1_2x", "cannot be read at “x”"), ("c1_2" * 201, "This link has 201 points, and at most 200 are drawn.")],
    ids=["malformed", "too many"],
)
def test_points_of_a_link_that_cannot_be_drawn_are_told_and_the_preset_is_shown(page, reading_server, points, words):
    standing(page, reading_server, 2, points=points)
    assert words in page.locator(".plane [role=alert]").text_content()
    assert len(drawn(page)) == 40


def test_the_201st_point_is_refused_with_a_sentence(page, reading_server):
    field = standing(page, reading_server, 2, points="c1_2" * 200)
    field.locator(".point").last.press("c")
    assert "200 points are the most that are drawn" in page.locator(".plane [role=alert]").text_content()
    assert len(drawn(page)) == 200


def test_new_points_come_from_the_next_seed_and_back_brings_the_old_ones(page, reading_server):
    standing(page, reading_server, 3)
    before = drawn(page)
    page.get_by_role("button", name="New points").click()
    page.wait_for_url(re.compile(r"seed=1"))
    first = page.locator(f'{FIELD} .point[data-row="0"]')
    was = f"{before[0]['label']} 1 at {before[0]['x']:.2f}, {before[0]['y']:.2f}".replace("-", "−")
    page.get_by_role("button", name=was).wait_for(state="detached")
    assert drawn(page) != before
    back(page)
    page.get_by_role("button", name=was).wait_for()
    assert first.get_attribute("aria-label") == was
    assert drawn(page) == before


def test_a_change_is_not_written_over_the_step_where_its_person_has_gone_in_the_meantime(page, reading_server):
    field = standing(page, reading_server, 2)
    field.locator(".point").last.press("c")
    page.evaluate("() => history.pushState({}, '', '/learn?step=3')")  # the server's answer is yet to come
    page.wait_for_timeout(600)  # a resting hand's points are written after 250 ms
    assert page.evaluate("() => location.search") == "?step=3"


def test_an_unknown_preset_is_told_and_one_of_another_step_gives_the_steps_own(page, reading_server):
    page.goto(f"{reading_server}/learn?step=2&data=nothing")
    page.get_by_text("There is no data 'nothing'; choose one of: clouds, overlap").wait_for()
    standing(page, reading_server, 6, data="wild")
    assert page.get_by_role("combobox", name="Points").input_value() == "line"
