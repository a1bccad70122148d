"""A pupil of a class that hunts at once: what one can do, and what the teacher's table and the hunts must then show."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, cycle, islice

import numpy as np

from explorer.runs.results.explanation import explain
from explorer.runs.store import open_run
from tools.walking import SETTLED, WATCH, Expected, Seen, User, change, training_image

# Training images in both galleries of a hunt.
HARMFUL, HELPFUL = 16, 8
GALLERIES = ["▼ argue against the label", "▲ argue for the label"]
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
