"""How long a click on a prediction takes until both galleries stand: ``python -m tools.clicks --run many --clicks 50 --json``.

Each click starts on another page of predictions, chosen at random, so that nothing of it was shown before. After ``--look`` seconds
one of its first tiles is clicked, which the program has computed ahead if it had the time, or with ``--cold`` one of the second
half, which it has not where a row is slow (on the default run all tiles of a page are computed in 0.1 s). A server is started over the run, as :mod:`tools.users` does; Chromium shares the machine with it.
"""

import argparse
import asyncio
import json
import os

import numpy as np
from playwright.async_api import async_playwright

from explorer.runs.store import open_run
from tools.users import FLAGS, SLOWEST_MS, memory, mixed_up, served
from tools.walking import SETTLED, WATCH, Seen, User

# Tiles of a page that are computed ahead within a second, and tiles of a whole page (pages/predictions.py).
FIRST, PAGE = 4, 60


async def clicked(base: str, pages: int, asked: argparse.Namespace) -> Seen:
    """Return what one person saw who clicked so often."""
    seen, rng = Seen(), np.random.default_rng(asked.seed)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=os.environ.get("EXPLORER_CHROMIUM") or None, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(SLOWEST_MS)
        user = User(0, page, base, (asked.look, asked.look), seen, rng, apart=True)
        await user.open()
        for number in rng.permutation(np.arange(1, pages + 1))[: asked.clicks]:
            method = f"&method={asked.method}" if asked.method else ""
            await page.goto(f"{base}/predictions?show=all&page={number}{method}")
            await user.gallery("Test images").locator("img").first.wait_for()
            await page.locator(SETTLED).wait_for()
            await page.evaluate(WATCH)
            await user.look()
            tiles = user.gallery("Test images")
            count = await tiles.count()
            place = int(rng.integers(count // 2, count) if asked.cold else rng.integers(min(FIRST, count)))
            tile, expected = await user.one_of(tiles.nth(place))
            await user.click("explain", tile, expected | {"title": "Explain"})
        await browser.close()
    return seen


def main() -> None:
    """Read the words of the command line, click, and print what was measured."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--run", default="default", help="name of the run")
    words.add_argument("--clicks", type=int, default=50)
    words.add_argument("--method", default="", help="that explains; the run's usual one where it is not given")
    words.add_argument("--look", type=float, default=1.0, help="seconds between a page and the click on it")
    words.add_argument("--cold", action="store_true", help="click what was not computed ahead")
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--json", action="store_true", help="one line")
    asked = words.parse_args()
    with served(asked.run) as (base, pid):
        seen = asyncio.run(clicked(base, max(1, len(open_run(asked.run).test_labels) // PAGE), asked))
        megabytes = memory(pid)
    times = [ms for _, ms, _ in seen.clicks]
    found = {"clicks": len(times), "median_ms": round(np.median(times)), "p95_ms": round(np.quantile(times, 0.95))}
    found |= {"longest_ms": round(max(times)), "first_ms": round(times[0]), "server_mb": megabytes}
    found |= {"errors": seen.wrong, "mixed": seen.mixed + mixed_up(asked.run, seen)}
    print(json.dumps(found, indent=None if asked.json else 1, ensure_ascii=False))


if __name__ == "__main__":
    main()
