"""``python -m tools.bench map``: the page Map at a million images in a real browser: its first picture, frames a second, a lasso.

Images are points of two heaps, drawn from a seed, with pictures of 4 × 4 pixels; the run is written as a build writes it, except that
its head is not fitted. The browser draws by the processor. Needs Playwright; ``EXPLORER_CHROMIUM`` names another Chromium.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from explorer.attribution import Curvature
from explorer.core import home
from explorer.core.checksums import write_manifest
from explorer.core.files import save_array
from explorer.datasets import open_dataset
from explorer.models.head import Head
from explorer.runs.store import point, run_folder
from explorer.runs.writer import checksums, fitted, save_arrays

ROOT = Path(__file__).parents[2]
RUN_ID, TEST, SIDE = "0123456789abcdef", 1_000, 4
# Seconds of panning and zooming each, and within which everything must have happened.
MOVING, PATIENCE = 4.0, 300.0
FIELD = ".scatter-field"
TILES = '.gallery[aria-label="Chosen images"] .tile img'
# One small step nearer, by a twentieth: the first points that stand are then nearly as many as a browser is given.
NEARER = """(field) => {
  const box = field.getBoundingClientRect();
  const middle = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
  field.dispatchEvent(new WheelEvent('wheel', { ...middle, deltaY: -20, bubbles: true, cancelable: true }));
}"""
# Moves the field at every frame and returns frames a second: from side to side, or in and out around the middle.
FRAMES = """(field, [zooming, seconds]) => new Promise((done) => {
  const box = field.getBoundingClientRect();
  const middle = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true, cancelable: true };
  const begin = performance.now();
  let frames = 0;
  const step = () => {
    const turn = Math.floor(frames / 8) % 2 ? 1 : -1;
    if (zooming) field.dispatchEvent(new WheelEvent('wheel', { ...middle, deltaY: 4 * turn }));
    else field.dispatchEvent(new KeyboardEvent('keydown', { key: turn > 0 ? 'ArrowLeft' : 'ArrowRight', shiftKey: true, bubbles: true }));
    frames++;
    const past = performance.now() - begin;
    past < 1000 * seconds ? requestAnimationFrame(step) : done(1000 * frames / past);
  };
  requestAnimationFrame(step);
})"""


def made_run(count: int, seed: int) -> None:
    """Write a run of ``count`` images in two dimensions, ``TEST`` of them test images."""
    count -= TEST
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count + TEST)
    places = rng.normal(size=(count + TEST, 2)) + 2.2 * labels[:, None] * [1.0, 0.3]
    pixels = rng.integers(0, 256, (count + TEST, SIDE, SIDE, 3), dtype=np.uint8)
    pictures = home.root() / "made.npz"
    sides = {"x_train": pixels[:count], "y_train": labels[:count], "x_test": pixels[count:], "y_test": labels[count:]}
    np.savez(pictures, **sides)
    dataset = open_dataset(str(pictures))
    features = np.column_stack([places, np.ones(len(places))])
    weights = np.array([[-1.0, -0.3, 1.2], [1.0, 0.3, -1.2]])
    head = Head(features[:count], labels[:count], weights, 0.01)
    folder = run_folder(RUN_ID)
    folder.mkdir(parents=True)
    save_array(folder / "train_features.npy", head.train_features)
    save_array(folder / "test_features.npy", features[count:])
    curvature = Curvature(head)
    for name in curvature.saved_names:
        save_array(folder / f"{name}.npy", getattr(curvature, name))
    ids = {
        f"{side}_ids": np.array([int(one, 16) for one in dataset.split(side).ids], np.uint64)
        for side in ("train", "test")
    }
    arrays = {"weights": weights, "train_labels": labels[:count], "test_labels": labels[count:], **ids}
    save_arrays(folder, arrays | {"train_rows": np.arange(count), "mean": np.zeros(2), "deviation": np.ones(2)})
    facts = fitted(head, features[count:], labels[count:], list(dataset.class_names))
    named = {"run_id": RUN_ID, "dataset": str(pictures), "data_digest": dataset.digest, "backbone": "mobilenet_v2"}
    named |= {"classes": list(dataset.class_names), "title": "Made points", "files": checksums(folder)}
    write_manifest(folder / "manifest.json", facts | named)
    point("default", RUN_ID)


@contextmanager
def served() -> Iterator[str]:
    """Start the program for the home of this process; yield its address once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.address", "127.0.0.1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = os.environ | {"EXPLORER_BACKGROUND": "0"}
    server = subprocess.Popen([*command, "--server.port", str(port)], cwd=ROOT, env=environment, **quiet)
    try:
        until(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).status == 200)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def until(is_so: Any) -> None:
    """Wait until something is so; what cannot be asked is not so yet."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        try:
            if is_so():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise TimeoutError(f"The server did not answer within {PATIENCE:.0f} s.")


@contextmanager
def browser() -> Iterator[Any]:
    """A Chromium that draws by the processor."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("EXPLORER_CHROMIUM") or None
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = chromium.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(1000 * PATIENCE)
        yield page
        chromium.close()


def seconds_to(page: Any, go: Any, selector: str) -> float:
    """Return how long something takes to stand."""
    start = time.perf_counter()
    go()
    page.locator(selector).first.wait_for()
    return time.perf_counter() - start


def opened(page: Any, address: str) -> dict[str, float]:
    """Return the seconds to the first picture: of the first visitor, for whom the run is opened and laid out, and of the next."""
    shown = ".scatter[data-shown]"
    first, next_one = (seconds_to(page, lambda: page.goto(address), shown) for _ in range(2))
    return {"first_visit_seconds": first, "first_picture_seconds": next_one}


def moved(page: Any) -> dict[str, float]:
    """Zoom in until single points stand, and return how many are seen and frames a second of panning and zooming."""
    while page.locator(".scatter").get_attribute("data-shown") != "points":
        page.locator(FIELD).evaluate(NEARER)
        page.wait_for_timeout(700)
    field, visible = page.locator(FIELD), int(page.locator(".scatter").get_attribute("data-points"))
    pan, zoom = (field.evaluate(FRAMES, [zooming, MOVING]) for zooming in (False, True))
    page.get_by_role("button", name="Show the whole map").click()
    page.wait_for_timeout(1500)
    return {"points": visible, "pan_frames_per_second": pan, "zoom_frames_per_second": zoom}


def chosen(page: Any, reach: float) -> dict[str, float]:
    """Draw a line around a part of the whole map; return how many images are within and the seconds until their pictures stand."""
    box = page.locator(FIELD).bounding_box()
    corners = np.linspace(0, 2 * np.pi, 60)
    across, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    side = reach * min(box["width"], box["height"])
    spots = [(across + side * float(np.cos(turn)), down + side * float(np.sin(turn))) for turn in corners]
    first, next_one = (drawn_seconds(page, spots) for _ in range(2))
    words = page.locator(".scatter [role=status]").inner_text()
    images = int(words.split(" of ")[0].replace(",", ""))
    return {"lasso_images": images, "first_lasso_seconds": first, "lasso_seconds": next_one}


def drawn_seconds(page: Any, spots: Sequence[tuple[float, float]]) -> float:
    """Choose nothing, then draw a line; return the seconds until pictures stand. The first line may wait for the data set to be opened."""
    page.get_by_role("button", name="Choose nothing").click()
    page.locator(TILES).first.wait_for(state="detached")
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot)
    taken = seconds_to(page, page.mouse.up, TILES)
    page.wait_for_url("**selection=**")
    page.wait_for_timeout(1500)
    return taken


def main(arguments: Sequence[str] = ()) -> None:
    asked = argparse.ArgumentParser("python -m tools.bench map", description=__doc__)
    asked.add_argument("--n", type=int, default=1_000_000, help="images")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--reach", type=float, default=0.05, help="of the drawn line, as a share of the map")
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EXPLORER_HOME"] = folder
        made_run(given.n, given.seed)
        with served() as address, browser() as page:
            found = (
                {"n": given.n}
                | opened(page, f"{address}/map?run=default&side=both")
                | moved(page)
                | chosen(page, given.reach)
            )
    rounded = {name: round(value, 3) for name, value in found.items()}
    print(json.dumps(rounded) if given.json else "\n".join(f"{name}: {value}" for name, value in rounded.items()))
