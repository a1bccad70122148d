"""How fast the lesson's figures answer: from a hand's event to the frame after the one that shows the new drawing.

``python -m tools.drag http://127.0.0.1:8501 [points]`` drags a point and moves every slider of steps 2 to 6 in Chromium.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator

import numpy as np
from playwright.sync_api import Page, sync_playwright

STEPS, MOVES = range(2, 7), 80
# Between two moves: a frame passes, as it does under a hand.
PAUSE_MS = 20
# event.timeStamp is when the browser got the move; the second frame begins when the first has been painted.
WATCH = """() => {
  window.seen = [];
  for (const kind of ["pointermove", "input"]) {
    let begun = 0;
    window.addEventListener(kind, () => { begun = performance.now(); }, true);
    window.addEventListener(kind, (event) => {
      const work = performance.now() - begun;
      requestAnimationFrame(() => requestAnimationFrame(() => window.seen.push([performance.now() - event.timeStamp, work])));
    });
  }
}"""


def cloud(count: int, letters: str) -> str:
    """Points as a link says them."""
    places = np.rint(120 * np.clip(np.random.default_rng(0).normal(size=(count, 2)), -3, 3)).astype(int)
    return "".join(f"{letters[row % len(letters)]}{x}_{y}" for row, (x, y) in enumerate(places))


def opened(page: Page, base: str, step: int, points: int) -> None:
    given = f"&points={cloud(points, 'p' if step == STEPS[-1] else 'cd')}" if points else ""
    page.goto(f"{base}/learn?step={step}{given}")
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.locator(".plane .field").evaluate("(field) => field.scrollIntoView({ block: 'center' })")
    page.evaluate(WATCH)


def figures(page: Page, act: Callable[[int], None]) -> dict[str, float]:
    page.evaluate("window.seen = []")
    for move in range(MOVES):
        act(move)
        page.wait_for_timeout(PAUSE_MS)
    until, work = np.array(page.evaluate("window.seen")).T
    found = {"median_ms": np.median(until), "p95_ms": np.quantile(until, 0.95), "work_median_ms": np.median(work)}
    return {"moves": len(until)} | {name: round(float(value), 1) for name, value in found.items()}


def drag(page: Page) -> dict[str, float]:
    box = page.locator(".plane .field .point .mark").last.bounding_box() or {}
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    found = figures(page, lambda move: page.mouse.move(x + 60 * np.sin(move / 6), y + 60 * (np.cos(move / 6) - 1)))
    page.mouse.up()
    return found


def measured(base: str, points: int) -> Iterator[dict[str, object]]:
    with sync_playwright() as driver:
        path = os.environ.get("EXPLORER_CHROMIUM") or None
        page = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"]).new_page(
            viewport={"width": 1280, "height": 1000}
        )
        for step in STEPS:
            opened(page, base, step, points)
            yield {"step": step, "moved": "point", **drag(page)}
            for slider in page.locator(".plane input[type=range]").all():
                slider.focus()
                found = figures(page, lambda move: page.keyboard.press("ArrowLeft" if move // 8 % 2 else "ArrowRight"))
                yield {"step": step, "moved": slider.get_attribute("name"), **found}


if __name__ == "__main__":
    for line in measured(sys.argv[1].rstrip("/"), int(sys.argv[2]) if len(sys.argv) > 2 else 0):
        print(json.dumps(line), flush=True)
