"""The recording of README: a wrong cat, the training images behind it, the proof, the repair, and the cat put right.

``EXPLORER_HOME=FOLDER python -m tools.recording --output docs/loop.gif`` starts a server of its own over the home's default run, in a
home without edits, and clicks through the loop in Chromium. Each view is one picture with its sentence; a ring shows what is
pressed. The file is a GIF, which README shows in place.
"""

import argparse
import io
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Locator, Page, sync_playwright

from tools.users import FLAGS, ROOT, home_beside, server_of
from tools.walking import SETTLED

# What a browser's window shows, and how wide the recording is: words of 14 px can still be read.
WINDOW, WIDE = {"width": 1200, "height": 840}, 960
STRIP = 44
# Milliseconds: a view to be read, the way of the ring to what is pressed, and the press.
READ, GLANCE, STEP, PRESS = 2_600, 800, 70, 420
STEPS = 5
INK, PAPER, ACCENT = "#ffffff", "#12171a", "#d55e00"
RING = 22


@dataclass
class Film:
    """Frames of a page, one after the other.

    Attributes:
        page: what is filmed.
        frames: pictures with their milliseconds.
        at: where the ring was last, in the window's pixels.
    """

    page: Page
    frames: list[tuple[Image.Image, int]] = field(default_factory=list)
    at: tuple[float, float] = (WINDOW["width"] / 2, WINDOW["height"] / 2)

    def show(self, words: str, milliseconds: int = READ) -> Image.Image:
        """Film the page as it stands, with a sentence below it."""
        self.page.locator(SETTLED).wait_for()
        self.page.wait_for_timeout(400)
        shown = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        self.frames.append((framed(shown, words), milliseconds))
        return shown

    def press(self, what: Locator, words: str) -> None:
        """Film the way to an element, and press it."""
        shown, box = self.show(words), what.bounding_box()
        if box is None or box["y"] + box["height"] > WINDOW["height"]:
            what.scroll_into_view_if_needed()
            shown, box = self.show(words, GLANCE), what.bounding_box()
        assert box is not None, "what is pressed cannot be seen"
        goal = (box["x"] + min(box["width"] / 2, 90), box["y"] + box["height"] / 2)
        for step in range(1, STEPS + 1):
            part = step / STEPS
            place = tuple(a + (b - a) * part for a, b in zip(self.at, goal, strict=True))
            self.frames.append((framed(ringed(shown, place), words), PRESS if step == STEPS else STEP))
        self.at = goal
        what.click()


def framed(shown: Image.Image, words: str) -> Image.Image:
    """Return a view as wide as the recording, with a sentence below it."""
    view = shown.resize((WIDE, round(WIDE * shown.height / shown.width)), Image.Resampling.LANCZOS)
    frame = Image.new("RGB", (WIDE, view.height + STRIP), PAPER)
    frame.paste(view, (0, 0))
    pen = ImageDraw.Draw(frame)
    pen.text((16, view.height + STRIP / 2), words, INK, ImageFont.load_default(20), anchor="lm")
    return frame


def ringed(shown: Image.Image, place: Sequence[float]) -> Image.Image:
    """Return a view with the ring at a place."""
    marked, (x, y) = shown.copy(), place
    ImageDraw.Draw(marked).ellipse((x - RING, y - RING, x + RING, y + RING), outline=ACCENT, width=5)
    return marked


def loop(film: Film, base: str) -> None:
    """Film the loop."""
    page = film.page
    page.goto(f"{base}/")
    page.locator(".gallery .tile img").first.wait_for()
    film.press(page.locator("a.door", has_text="See all that argue"), "1  A cat, called a dog. Why?")
    page.wait_for_url(re.compile("/explain"))
    page.get_by_role("heading", name="Explain").wait_for()
    proof = page.locator("a.door", has_text="it says")
    film.press(proof, "2  The training images that argue for cat, and those that argue for dog")
    adopt = page.get_by_role("button", name=re.compile("my changes and refit"))
    adopt.wait_for()
    film.press(adopt, "3  Proof: without these few it says cat. Really refitted, not guessed")
    page.wait_for_url(re.compile("/retrain"))
    again = page.locator("a.door", has_text="Explain it on the new run")
    again.wait_for()
    page.wait_for_timeout(1_500)  # the chart comes last
    film.press(again, "4  Repair: they are left out, the model is fitted again")
    page.wait_for_url(re.compile("/explain"))
    page.locator(".facts", has_text="✓").first.wait_for()
    page.mouse.move(0, 0)
    film.show("5  The same cat: right", 2 * READ)


def written(frames: Sequence[tuple[Image.Image, int]], path: Path) -> None:
    """Write frames as a GIF that runs for ever."""
    first, *rest = [frame.quantize(dither=Image.Dither.NONE) for frame, _ in frames]
    first.save(path, save_all=True, append_images=rest, duration=[time for _, time in frames], loop=0, optimize=False)


def main() -> None:
    """Read the words of the command line, film, and print what was written."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--run", default="default", help="name of the run")
    words.add_argument("--output", type=Path, default=ROOT / "docs" / "loop.gif")
    asked = words.parse_args()
    with home_beside(asked.run) as folder:
        own = os.environ | {"EXPLORER_HOME": str(folder)}
        subprocess.run(
            [sys.executable, "-m", "explorer", "flip", "--run", "default"],
            cwd=ROOT,
            env=own,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with server_of(folder, "together") as (base, _), sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=os.environ.get("EXPLORER_CHROMIUM") or None, args=FLAGS)
            film = Film(browser.new_page(viewport=WINDOW, color_scheme="light"))
            loop(film, base)
            browser.close()
    written(film.frames, asked.output)
    seconds = sum(time for _, time in film.frames) / 1000
    print(f"{asked.output}: {len(film.frames)} frames, {seconds:.0f} s, {asked.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
