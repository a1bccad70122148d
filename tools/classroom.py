"""A class at once: pupils join a room by its short address, hunt for a planted bug, look at Explain between, and hand in.

``python -m tools.classroom --pupils 30 --json`` plants a bug, starts a server of its own over the home's default run, opens the
teacher's page, which stays open, and lets every pupil click 12 times beside joining and handing in. All are contexts of one
Chromium, which shares the machine with the server. At the end the teacher's table is compared with what the pupils did, and
every gallery with the program's own scores.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, Page, TimeoutError, async_playwright

from explorer.game import rooms
from explorer.game.game import Game, planted_rows
from explorer.game.planted_games import PlantedGame, plant
from explorer.runs.store import open_run
from tools.pupils import Pupil, wrong_hunts, wrong_rows
from tools.users import (
    FLAGS,
    LOOKS,
    ROOT,
    SLOWEST_MS,
    browser_seconds,
    busy_seconds,
    figures,
    home_beside,
    memory,
    mixed_up,
    server_of,
)
from tools.walking import Seen

# Wild cats called dogs, four of five: what the form offers.
GAME = Game(share=80, seed=7)


@dataclass(frozen=True)
class Class:
    """What a class did, and what the teacher saw of it.

    Attributes:
        table: the teacher's, a list of texts for each pupil.
        browser_seconds: processor seconds of Chromium and its driver.
    """

    seen: Seen
    pupils: list[Pupil]
    table: list[list[str]]
    browser_seconds: float


async def taught(base: str, pid: int, planted: PlantedGame, asked: argparse.Namespace) -> Class:
    """Return what a class did that hunted at once."""
    seen = Seen()
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=os.environ.get("EXPLORER_CHROMIUM") or None, args=FLAGS)
        teacher = await _teacher(browser, base, planted)
        room = rooms.room_of(planted.token)
        pupils = [await _pupil(browser, base, seen, number, room, asked) for number in range(asked.pupils)]
        await asyncio.gather(*(pupil.open() for pupil in pupils))
        before = browser_seconds(pid)
        ends = await asyncio.gather(*(pupil.walk(asked.clicks) for pupil in pupils), return_exceptions=True)
        seen.wrong += [f"pupil {number}: {end!r}" for number, end in enumerate(ends) if end is not None]
        spent = browser_seconds(pid) - before
        table = await _table(teacher, seen, len(pupils))
        await browser.close()
    return Class(seen, pupils, table, spent)


async def _page(browser: Browser) -> Page:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(SLOWEST_MS)
    return page


async def _pupil(browser: Browser, base: str, seen: Seen, number: int, room: str, asked: argparse.Namespace) -> Pupil:
    rng, looks = np.random.default_rng((asked.seed, number)), tuple(asked.looks)
    return Pupil(number, await _page(browser), base, looks, seen, rng, True, room=room, name=f"Pupil {number:02}")


async def _teacher(browser: Browser, base: str, planted: PlantedGame) -> Page:
    """Return the teacher's page, on which a room was opened."""
    page = await _page(browser)
    await page.goto(f"{base}/learn?view=game&planted={planted.token}&solution={planted.key}")
    await page.get_by_role("button", name="Open a room").click()
    await page.get_by_text("Nobody has joined yet.").wait_for()
    return page


async def _table(teacher: Page, seen: Seen, pupils: int) -> list[list[str]]:
    """Return the teacher's table once all have handed in."""
    try:
        await teacher.get_by_role("heading", name=f"{pupils} of {pupils} have handed in").wait_for(timeout=30_000)
    except TimeoutError as error:
        seen.wrong.append(f"the teacher's page: {error}")
    rows = teacher.locator(".class-table tbody tr")
    found: list[list[str]] = await rows.evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((c) => c.textContent))"
    )
    return found


@contextmanager
def class_home(run_name: str) -> Iterator[tuple[Path, PlantedGame]]:
    """Yield a home, which is this process's too from then on, with a game that is ready, its queue of suspects included."""
    with home_beside(run_name) as folder:
        os.environ["EXPLORER_HOME"] = str(folder)
        planted = plant(GAME)
        for words in ([*planted.config.to_argv(), "--run", planted.run_name], ["audit", "--run", planted.run_name]):
            subprocess.run([sys.executable, "-m", "explorer", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        yield folder, planted


def measured(asked: argparse.Namespace) -> dict[str, object]:
    """Let a class hunt, and return the figures with what the server and the browser took."""
    with class_home(asked.run) as (folder, planted), server_of(folder) as (base, pid):
        begun, loads = time.perf_counter(), [round(os.getloadavg()[0], 1)]
        server, machine = busy_seconds(pid), busy_seconds()
        found = asyncio.run(taught(base, pid, planted, asked))
        figure: dict[str, object] = {"pupils": asked.pupils, "clicks_each": asked.clicks + 2}
        figure["seconds"] = round(time.perf_counter() - begun, 1)
        figure["loads"] = [*loads, round(os.getloadavg()[0], 1)]
        figure["busy_seconds_of_the_machine"] = round(busy_seconds() - machine, 1)
        figure["busy_seconds_of_the_server"] = round(busy_seconds(pid) - server, 1)
        figure["busy_seconds_of_the_browser_while_they_click"] = round(found.browser_seconds, 1)
        figure["server_mb"] = memory(pid)
        mask = planted_rows(open_run(planted.run_name), planted.game)
        found.seen.mixed += mixed_up(planted.run_name, found.seen) + wrong_hunts(planted.run_name, found.seen)
        rows = wrong_rows(found.table, found.pupils, mask)
        return figure | figures(found.seen) | {"hunts_compared": len(found.seen.hunted), "table_wrong": rows}


def main() -> None:
    """Read the words of the command line, let a class hunt, and print what was measured."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--run", default="default", help="name of the run that stands beside the game's")
    words.add_argument("--pupils", type=int, default=30)
    words.add_argument("--clicks", type=int, default=12, help="of each pupil, beside joining and handing in")
    words.add_argument("--looks", type=float, nargs=2, default=LOOKS, help="least and most seconds between two clicks")
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--json", action="store_true", help="one line")
    asked = words.parse_args()
    found = measured(asked)
    print(json.dumps(found, indent=None if asked.json else 1, ensure_ascii=False))
    sys.exit(1 if found["errors"] or found["mixed"] or found["table_wrong"] else 0)


if __name__ == "__main__":
    main()
