"""The eight steps of the lesson in a real browser: by mouse, and by the keyboard alone.

Slow, because two walks go through all eight steps with a model that was built for them.
"""

import re

import pytest
from playwright.sync_api import expect

from explorer.app.pages.learn.lesson.steps import STEPS
from tests.support.chromium import SETTLED, watched
from tests.support.plane_figure import FIELD, drawn, in_view, pull, standing

# More stops than a step has before its way on: every point of the plane is one.
STOPS = 160
FOCUSED = """() => {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  const ring = getComputedStyle(found);
  return { text: (found.getAttribute("aria-label") ?? found.textContent).trim(), ring: ring.outlineStyle !== "none" || (found instanceof SVGElement && found.matches(":focus-visible")) };
}"""


def stands(page, step):
    title = f"{step}. {STEPS[step][1]}"
    page.get_by_role("heading", name=title, exact=True).wait_for()
    page.locator(SETTLED).wait_for()


def way_on(step):
    return f"{STEPS[step + 1][0]} →"


def tab_to(page, wanted):
    """Press Tab until what has the focus says ``wanted``; what has it can be seen to have it."""
    met = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        met.append(found["text"])
        if re.search(wanted, found["text"]):
            assert found["ring"]  # a point's ring is drawn by its own rule
            return
    pytest.fail(f"Tab never met {wanted!r}, but {met}")


def shown(page):
    """What the figures of a step say now."""
    return page.locator(".plane").inner_text()


@pytest.fixture
def lesson(page, server, story):
    page.goto(f"{server}/learn")
    stands(page, 1)
    return page


# The story comes before the server, which lives in its home.
pytestmark = pytest.mark.usefixtures("story")


def test_a_walk_through_all_steps_by_mouse(lesson, story):
    for step in STEPS:
        stands(lesson, step)
        if step in (1, 7):
            lesson.locator(".tile").get_by_alt_text(re.compile("^test image")).first.wait_for()
        elif step < 7:
            before = shown(lesson)
            in_view(lesson)
            pull(lesson, 0, 0.6, 0.5)
            expect(lesson.locator(".plane")).not_to_have_text(before, use_inner_text=True)
            expect(lesson.locator(".plane .notice")).to_be_hidden()  # points of the step before are no mistake
        if step < len(STEPS):
            lesson.get_by_role("link", name=way_on(step)).click()
    assert lesson.get_by_role("heading", name="Large leverage").is_visible()


def test_a_walk_through_all_steps_by_keyboard_alone(lesson):
    for step in STEPS:
        stands(lesson, step)
        if 1 < step < 7:
            before = shown(lesson)
            tab_to(lesson, r"^(cat|dog|point) \d")
            lesson.keyboard.press("Shift+ArrowRight")
            expect(lesson.locator(".plane")).not_to_have_text(before, use_inner_text=True)
        if step < len(STEPS):
            tab_to(lesson, re.escape(way_on(step)))
            lesson.keyboard.press("Enter")


def test_a_teacher_s_choices_go_along_from_step_to_step(tab, server):
    tab.goto(f"{server}/learn?step=3&data=wild&seed=5&hide=table")
    stands(tab, 3)
    tab.get_by_role("link", name="Up-weighting →").click()
    stands(tab, 4)
    found = tab.evaluate("Object.fromEntries(new URLSearchParams(location.search))")
    assert {key: found.get(key) for key in ("data", "seed", "hide")} == {"data": "wild", "seed": "5", "hide": "table"}


def test_the_link_that_is_copied_shows_somebody_else_the_same_points(browser, tab, server):
    tab.goto(f"{server}/learn?step=3&data=overlap&seed=2")
    stands(tab, 3)
    tab.locator(".plane .point").first.focus()
    tab.keyboard.press("Shift+ArrowRight")
    tab.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    tab.get_by_role("button", name="Copy link").click()
    tab.wait_for_function("window.copied")
    link, said = tab.evaluate("window.copied"), shown(tab)
    other = browser.new_page()
    other.goto(link)
    stands(other, 3)
    numbers = re.compile(r"P\(cat\) of the test point is [\d.]+, its loss [\d.]+")
    assert numbers.search(shown(other))[0] == numbers.search(said)[0]
    other.close()


def middle(page, row):
    box = page.locator(f'{FIELD} .point[data-row="{row}"] .mark').bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_where_points_overlap_the_nearest_one_is_dragged(tab, server):
    standing(tab, server, 3, points="c0_0c10_0d100_0")
    pull(tab, 0, -1, 1)
    assert [(point["x"], point["y"]) for point in drawn(tab)] == [(-1, 1), (0.1, 0), (1, 0)]


def test_a_point_that_is_removed_while_it_is_dragged_lets_go(tab, server):
    standing(tab, server, 3, points="c0_0d100_0d200_100")
    x, y = middle(tab, 2)
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x - 20, y, steps=2)
    tab.keyboard.press("Delete")
    tab.mouse.move(x - 60, y, steps=2)
    tab.mouse.up()
    assert [(point["x"], point["y"]) for point in drawn(tab)] == [(0, 0), (1, 0)]


def test_a_finger_drags_a_point_and_does_not_scroll_and_beside_the_points_it_adds_none(browser, server):
    with watched(browser, has_touch=True, is_mobile=True) as page:
        standing(page, server, 2, points="c0_0d100_0d200_100")
        scrolled, before = "document.querySelector('[data-testid=stMain]').scrollTop", drawn(page)
        at, (x, y) = page.evaluate(scrolled), middle(page, 0)
        for a, b in ((x, y), (x - 60, y - 120)):  # on a point, beside all points
            touch = page.context.new_cdp_session(page)
            for kind, spots in (
                ("touchStart", [{"x": a, "y": b}]),
                *(("touchMove", [{"x": a, "y": b + way}]) for way in (10, 25, 40)),
                ("touchEnd", []),
            ):
                touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})
            if (a, b) == (x, y):
                assert page.evaluate(scrolled) == at
        after = drawn(page)
        assert after[1:] == before[1:]
        assert after[0]["y"] < before[0]["y"]
