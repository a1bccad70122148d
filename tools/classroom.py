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
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, cycle, islice
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, Page, TimeoutError, async_playwright

from explorer.game import rooms
from explorer.game.game import Game, planted_rows
from explorer.game.planted_games import PlantedGame, plant
from explorer.runs.results.explanation import explain
from explorer.runs.store import open_run
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
from tools.walking import SETTLED, WATCH, Expected, Seen, User, change, training_image

# Training images in both galleries of a hunt.
HARMFUL, HELPFUL = 16, 8
GALLERIES = ["▼ argue against the label", "▲ argue for the label"]
# Wild cats called dogs, four of five: what the form offers.
GAME = Game(share=80, seed=7)
# Pupils come one after the other, within so many seconds.
COMING_SECONDS = 10.0


@dataclass
class Pupil(User):
    """A pupil in a room.

    Attributes:
        room: its code.
        name: as the pupil chose it.
        flags: training images that are flagged.
        hunt: what the hunt showed when the pupil left it.
        moves: made since then.
    """

    room: str = ""
    name: str = ""
    flags: set[int] = field(default_factory=set)
    hunt: Expected = field(default_factory=dict)
    moves: int = 0

    async def open(self) -> None:
        """Open the short address: the program is loaded for the first time, and asks for a name."""
        begun = time.perf_counter()
        self.page.on("pageerror", lambda error: self.seen.wrong.append(f"{self.name}: {error}"))
        await self.page.goto(f"{self.base}/learn?view=game&room={self.room}")
        await self.page.get_by_label("Your name").wait_for()
        await self.page.locator(SETTLED).wait_for()
        await self.page.evaluate(WATCH)
        self.seen.opened.append(1000 * (time.perf_counter() - begun))

    async def walk(self, clicks: int) -> None:
        """Join, click so many times, and hand in; pupils are not all at the same place of the round."""
        await asyncio.sleep(self.rng.uniform(0, COMING_SECONDS))
        await self.join()
        first = (another_test for _ in range(self.number % len(ROUND)))
        for step in islice(chain(first, cycle(ROUND)), clicks):
            await self.look()
            await step(self)
        await back_to_hunt(self)
        await self.flag()
        await self.look()
        await self.hand_in()

    async def join(self) -> None:
        """Join under the name."""
        await self.page.get_by_label("Your name").fill(self.name)
        button = self.page.locator("[data-testid=stFormSubmitButton] button")
        self.see_hunt(await self.click("join", button, self.at_hunt()))

    def at_hunt(self) -> Expected:
        """Return what a hunt of this pupil must show."""
        count = len(self.flags)
        flagged = f"{count} {'picture' if count == 1 else 'pictures'}" if count else "No picture"
        reads = [
            [".small", f"Room {self.room}. You are {self.name}."],
            [".hunt-flags h3", f"⚑ {flagged} flagged{'' if count else ' yet'}"],
        ]
        state = {"view": "game", "room": self.room}
        return {"path": "/learn", "state": state, "title": "Learn", "reads": reads, "galleries": GALLERIES}

    def see_hunt(self, shown: Expected) -> None:
        """Write down which pictures a hunt shows, to be compared when all is over."""
        self.seen.hunted.append((shown["test"], *shown["rows"]))

    async def flag(self) -> None:
        """Flag one of the pictures that misled; no request leaves the browser."""
        tiles = self.page.locator(f'.gallery[aria-label^="{GALLERIES[0]}"] .flaggable')
        rows = await tiles.evaluate_all("(tiles) => tiles.map((tile) => Number(tile.dataset.id))")
        at = int(self.rng.integers(len(rows)))
        if rows[at] not in self.flags:
            self.flags.add(rows[at])
            await tiles.nth(at).evaluate("(tile) => tile.click()")

    async def hand_in(self) -> None:
        """Hand the flags in."""
        count = len(self.flags)
        said = [["h2", f"You flagged {count} {'picture' if count == 1 else 'pictures'}"]]
        state = {"view": "game", "room": self.room, "done": "1"}
        button = self.page.locator("a.hand-in")
        await self.click("hand in", button, {"path": "/learn", "state": state, "title": "Learn", "reads": said})


async def another_test(pupil: Pupil) -> None:
    """Flag a picture, then look at what misled another test picture."""
    await pupil.flag()
    now = (await pupil.expected_here())["test"]
    others = pupil.page.locator(f'.gallery[aria-label^="Test pictures"] a.tile:visible:not([data-id="{now}"])')
    tile, expected = await pupil.one_of(others)
    pupil.see_hunt(await pupil.click("another test picture", tile, pupil.at_hunt() | expected))


async def into_explain(pupil: Pupil) -> None:
    """From the hunt to the explanation of its test picture."""
    here = await pupil.expected_here()
    pupil.hunt, pupil.moves = pupil.at_hunt() | {name: here[name] for name in ("state", "image")}, 1
    link = pupil.page.locator("a.door", has_text="Explain this test picture")
    state = {"test": str(here["test"])}
    expected = {"path": "/explain", "title": "Explain", "state": state, "image": here["image"], "test": here["test"]}
    await pupil.click("explain", link, expected)


async def another_menu(pupil: Pupil) -> None:
    """Another method, or the other class, on the same picture."""
    await change(pupil, ("method", "target")[int(pupil.rng.integers(2))])
    pupil.moves += 1


async def a_training_image(pupil: Pupil) -> None:
    """From the explanation to one of its training images."""
    await training_image(pupil)
    pupil.moves += 1


async def back_to_hunt(pupil: Pupil) -> None:
    """By the browser's back button to where the hunt was left, with its flags."""
    if pupil.moves:
        pupil.see_hunt(await pupil.back(pupil.moves, pupil.hunt))
        pupil.moves = 0


ROUND: tuple[Callable[[Pupil], Awaitable[None]], ...] = (
    another_test,
    another_test,
    into_explain,
    another_menu,
    a_training_image,
    back_to_hunt,
)


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


def wrong_rows(table: Sequence[Sequence[str]], pupils: Sequence[Pupil], planted: np.ndarray) -> list[str]:
    """Return where the teacher's table is not what the pupils did, in words; ``planted`` is ``(n,)`` bool."""
    right = []
    for pupil in pupils:
        hits = int(planted[sorted(pupil.flags)].sum())
        counts = [len(pupil.flags), f"{hits} of {int(planted.sum())}", len(pupil.flags) - hits]
        right.append([pupil.name, "✓ handed in", *map(str, counts)])
    missing = [f"the table lacks {row}" for row in right if row not in table]
    return missing + [f"the table has {row}, which nobody did" for row in map(list, table) if row not in right]


def wrong_hunts(run_name: str, seen: Seen) -> list[str]:
    """Return the hunts whose galleries were not those of the test picture that they showed."""
    run = open_run(run_name)

    @cache
    def sides(test: int) -> list[list[int]]:
        known = explain(run, test, None, HARMFUL)
        return [[entry.train_index for entry in side] for side in (known.harmful, known.helpful[:HELPFUL])]

    return [f"test {test}: the hunt showed {rows}" for test, *rows in seen.hunted if rows != sides(test)]


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
