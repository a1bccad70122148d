"""What tests of the lesson's figures share: where a figure stands, what it draws, a hand that drags, the loss again."""

import re

import numpy as np

from tests.support.chromium import POLLING_MS, SETTLED

LABELS = {"c": "cat", "d": "dog", "p": "point"}
FIELD = ".plane .field"
# What the issue asks of a drawn boundary, in units of the plane; and of a number that a figure shows.
BOUNDARY, NUMBER = 1e-4, 1e-6


def standing(page, server, step, **state):
    """The field of a step, once its points are there."""
    query = "".join(f"&{name}={value}" for name, value in state.items())
    page.goto(f"{server}/learn?step={step}{query}")
    return in_view(page)


# Whether a figure was drawn for the address: one of the address before still stands when Streamlit has ended its work.
DRAWN = """() => [...document.querySelectorAll('*')].some(
  ({ shadowRoot }) => shadowRoot?.querySelector('.plane')?.lesson?.written === location.search)"""


def in_view(page):
    """The field of the address, once the page around it rests, in the middle of the window: a hand does not scroll by itself."""
    page.wait_for_function(DRAWN, polling=POLLING_MS)
    page.locator(f"{FIELD} .frame-of-field").wait_for()
    page.locator(SETTLED).wait_for()
    field = page.locator(FIELD)
    in_the_middle(field)
    return field


def in_the_middle(place):
    """Scroll, as a person does whose figure has gone out of the window: Streamlit goes to the top of a new page, and may do so late."""
    place.evaluate("(one) => one.scrollIntoView({ block: 'center' })")


def points_of(text):
    found = re.findall(r"([cdp])(-?\d+)_(-?\d+)", text)
    return [{"x": int(x) / 100, "y": int(y) / 100, "label": LABELS[letter]} for letter, x, y in found]


def drawn(page):
    """The points as they are drawn: from the places of their shapes."""
    groups = page.locator(f"{FIELD} .point").evaluate_all(
        "(all) => all.map((one) => [one.getAttribute('class'), one.getAttribute('transform')])"
    )
    places = [np.array(re.findall(r"-?[\d.]+(?:e-\d+)?", transform), float) for _, transform in groups]
    return [
        {"x": round(x / 50 - 4, 6), "y": round(4 - y / 50, 6), "label": kind.split()[1]}
        for (x, y), (kind, _) in zip(places, groups, strict=True)
    ]


def line(page, name):
    """The ends of a line of the field, in the plane."""
    ends = page.locator(f"{FIELD} .line.{name}").evaluate(
        "(one) => ['x1', 'y1', 'x2', 'y2'].map((k) => +one.getAttribute(k))"
    )
    return np.array([[ends[0] / 50 - 4, 4 - ends[1] / 50], [ends[2] / 50 - 4, 4 - ends[3] / 50]])


def values(page, place):
    """The unrounded numbers of cells or sentences."""
    return [
        float(text)
        for text in page.locator(f".plane {place}").evaluate_all("(all) => all.map((one) => one.dataset.value)")
    ]


def pull(page, row, right, up, steps=5):
    """Drag a point by a way in the plane's units; again, as a person would, where the figure was drawn anew under the hand."""
    place = f'{FIELD} .point[data-row="{row}"]'
    before = page.locator(place).get_attribute("transform")
    for _ in range(3):
        in_the_middle(page.locator(FIELD))
        drag(page, at_rest(page, f"{place} .mark"), right, up, steps)
        if page.locator(place).get_attribute("transform") != before:
            return
    raise AssertionError(f"Point {row} was dragged three times and did not move.")


def drag(page, box, right, up, steps):
    unit = page.locator(f"{FIELD} .frame-of-field").bounding_box()["width"] / 8
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right * unit, y - up * unit, steps=steps)
    page.mouse.up()


# A part of the page that arrives late moves what is below it, and the hand would take the neighbour.
AT_REST = """async (one) => {
  const frame = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next, 0)));
  for (let same = 0, last = ''; same < 4; ) {
    await frame();
    const { x, y, width, height } = one.getBoundingClientRect(), now = JSON.stringify({ x, y, width, height });
    same = now === last ? same + 1 : 0;
    last = now;
    if (same === 4) return { x, y, width, height };
  }
}"""


def at_rest(page, place):
    """Where a shape is, in pixels of the window, once it has stood still for some frames."""
    return page.locator(place).evaluate(AT_REST)


def off(theta, ends):
    """How far points of the plane lie from a boundary."""
    bias = theta[2] if len(theta) > 2 else 0.0
    return (ends @ np.array(theta[:2]) + bias) / np.hypot(*theta[:2])


def rows_and_signs(points, size, stretch):
    rows = np.array([[stretch * p["x"], p["y"], 1.0][:size] for p in points])
    return rows, np.array([1 if p["label"] == "dog" else -1 for p in points])


def losses(points, theta, stretch=1.0):
    rows, signs = rows_and_signs(points, len(theta), stretch)
    return np.logaddexp(0, -signs * (rows @ theta))


def slopes_and_hessian(points, theta, l2, stretch=1.0):
    """The gradient of each point's loss, and the Hessian of the risk."""
    rows, signs = rows_and_signs(points, len(theta), stretch)
    wrong = 1 / (1 + np.exp(signs * (rows @ theta)))
    bent = rows.T @ (rows * (wrong * (1 - wrong))[:, None]) / len(points)
    return (-signs * wrong)[:, None] * rows, bent + l2 * np.eye(len(theta))


# Whether a parameter of the address has stood still for more than twice the 250 ms after which a resting hand's points are written.
STANDS = """(name) => {
  const value = new URLSearchParams(location.search).get(name), now = performance.now();
  if (window.lastSeen?.value !== value) window.lastSeen = { value, since: now };
  return value !== null && now - window.lastSeen.since > 600;
}"""


def address_settles(page, name):
    """The value of a parameter once the address stands: on a busy machine the first of two drags may be written alone."""
    page.wait_for_function(STANDS, arg=name, polling=POLLING_MS)
    return page.evaluate("(name) => new URLSearchParams(location.search).get(name)", name)
