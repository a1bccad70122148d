"""One of several people at once: a browser context that walks through the pages with images, methods and edits of its own.

Every click is timed until its page stands; what a page shows is compared with what was clicked, at once and at rest.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.async_api import Locator, Page

# A page that does not stand by then is an error.
LATEST_MS = 20_000
SETTLED = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
# The page stands when address, title, menus, the large image, the answer and all pictures are those that were asked for.
PRESS = "(element, expected) => window.users.press(element, expected)"
CHOOSE = "([name, value, expected]) => window.users.choose(name, value, expected)"
BACK = "([moves, expected]) => window.users.back(moves, expected)"
# Where each tile leads, and the first line under its picture.
TILES = "(tiles) => tiles.map((tile) => [tile.getAttribute('href'), tile.querySelector('.line')?.textContent ?? ''])"
WATCH = (Path(__file__).parent / "walking.js").read_text(encoding="utf-8")
Expected = dict[str, Any]


@dataclass
class Seen:
    """What all users saw.

    Attributes:
        clicks: ``(kind, milliseconds, method that had to compute)`` of each.
        opened: milliseconds until the first page stood, one a user.
        wrong: errors, in words.
        mixed: pages that showed what their user had not asked for, in words.
        explained: ``(test, method, target, training rows of both galleries)`` of each explanation.
        hunted: ``(test, training rows of both galleries)`` of each hunt in a game.
    """

    clicks: list[tuple[str, float, str]] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    explained: list[tuple[int, str, str, list[int], list[int]]] = field(default_factory=list)
    hunted: list[tuple[int, list[int], list[int]]] = field(default_factory=list)


@dataclass
class User:
    """One person with a browser of their own.

    Attributes:
        apart: whether edits are each browser's own, so that this person knows what is in force.
        trusted: test images whose label this person trusts.
        excluded: training images that this person excluded.
    """

    number: int
    page: Page
    base: str
    looks: tuple[float, float]
    seen: Seen
    rng: np.random.Generator
    apart: bool
    trusted: set[int] = field(default_factory=set)
    excluded: set[int] = field(default_factory=set)

    async def walk(self, clicks: int) -> None:
        """Open the program and click so many times."""
        self.page.on("pageerror", lambda error: self.seen.wrong.append(f"user {self.number}: {error}"))
        await self.open()
        for done in range(clicks):
            await self.look()
            await STEPS[done % len(STEPS)](self)

    async def open(self) -> None:
        """Come from outside: the program is loaded for the first time."""
        begun = time.perf_counter()
        await self.page.goto(f"{self.base}/")
        await self.page.locator(".gallery .tile img").first.wait_for()
        await self.page.locator(SETTLED).wait_for()
        await self.page.evaluate(WATCH)
        self.seen.opened.append(1000 * (time.perf_counter() - begun))

    async def look(self) -> None:
        """Look at the page as long as this person does."""
        await asyncio.sleep(self.rng.uniform(*self.looks))

    async def click(self, kind: str, what: Locator, expected: Expected) -> Expected:
        """Click and wait until what is expected stands; return what the page shows."""
        asked = expected | {"latest": LATEST_MS}
        return await self.stood(kind, expected, await what.evaluate(PRESS, asked))

    async def choose(self, name: str, value: str, expected: Expected) -> Expected:
        """Choose from a menu."""
        asked = [name, value, expected | {"latest": LATEST_MS}]
        return await self.stood(f"choose {name}", expected, await self.page.evaluate(CHOOSE, asked))

    async def back(self, moves: int, expected: Expected) -> Expected:
        """Go back in the browser's history so many moves at once."""
        asked = [moves, expected | {"latest": LATEST_MS}]
        return await self.stood("back", expected, await self.page.evaluate(BACK, asked))

    async def stood(self, kind: str, expected: Expected, found: Expected) -> Expected:
        """Write down how long a page took, and whether it is still what was asked for when it has come to rest."""
        where, after = f"user {self.number}, {kind}, expected {json.dumps(expected)}", found["shown"]
        if found["errors"]:
            self.seen.wrong.append(f"{where}: {found['errors']}")
        if found["ms"] is None:
            self.seen.wrong.append(f"{where}: did not stand; there was {json.dumps(after)}")
            return dict(after)
        self.seen.clicks.append((kind, found["ms"], expected.get("menus", {}).get("method", "")))
        if not after["stands"]:
            self.seen.mixed.append(f"{where}: later there was {json.dumps(after)}")
        elif expected["path"] == "/explain":
            state = after["menus"]
            self.seen.explained.append((expected["test"], state["method"], state["target"], *after["rows"]))
        return dict(after)

    async def one_of(self, tiles: Locator) -> tuple[Locator, Expected]:
        """Return one of the tiles at random, and what a click on it must show."""
        known = await tiles.evaluate_all(TILES)
        at = int(self.rng.integers(len(known)))
        href, label = known[at]
        address = urlsplit(str(href))
        state = {name: values[0] for name, values in parse_qs(address.query).items()}
        side = "train" if "train" in state else "test"
        menus = {"method": state["method"]} if "method" in state else {}
        asked = {
            "path": address.path,
            "state": state,
            "image": f"/{side}/{state[side]}",
            "menus": menus,
            "label": label,
        }
        return tiles.nth(at), asked | {side: int(state[side])}

    def gallery(self, label: str) -> Locator:
        """Return the tiles of a gallery that are shown; others wait behind its button."""
        return self.page.locator(f'.gallery[aria-label^="{label}"] a.tile:visible')

    async def expected_here(self) -> Expected:
        """Return what the page shows now, to be kept by a click that changes one thing of it."""
        shown: Expected = await self.page.evaluate("() => window.users.here()")
        return shown


async def wrong_predictions(user: User) -> None:
    """From the overview to the predictions."""
    door = user.page.locator("a.door", has_text="Browse all wrong predictions")
    await user.click("predictions", door, {"path": "/predictions", "state": {"show": "wrong"}, "title": "Predictions"})


async def explain(user: User) -> None:
    """From the predictions to one of them."""
    tile, expected = await user.one_of(user.gallery("Test images"))
    await user.click("explain", tile, expected | {"title": "Explain"})


async def method(user: User) -> None:
    """Another method on the same image."""
    await change(user, "method")


async def target(user: User) -> None:
    """Another class on the same image."""
    await change(user, "target")


async def change(user: User, name: str) -> None:
    """Choose another value of a menu."""
    menu, here = user.page.locator(f"select[data-name={name}]"), await user.expected_here()
    values = await menu.locator("option").evaluate_all("(all) => all.filter((o) => !o.selected).map((o) => o.value)")
    value = values[int(user.rng.integers(len(values)))]
    here["menus"], here["state"] = here["menus"] | {name: value}, here["state"] | {name: value}
    await user.choose(name, value, here)


async def trust(user: User) -> None:
    """An edit of the test image, or its end; where edits are everybody's, somebody else may have made it."""
    here = await user.expected_here()
    test = int(here["test"])
    known = "no longer trusted" if test in user.trusted else "trusted"
    said = rf"Saved: test image {test} {known}\." if user.apart else rf".*: test image {test} (no longer )?trusted\."
    user.trusted ^= {test}
    await user.click("trust", user.page.locator("button.act", has_text="I trust this label"), here | {"said": said})


async def training_image(user: User) -> None:
    """From an explanation to one of its training images."""
    side = ("▲ argue for", "▼ argue")[int(user.rng.integers(2))]
    tile, expected = await user.one_of(user.gallery(side))
    await user.click("training image", tile, expected | {"title": "Training image"})


async def exclude(user: User) -> None:
    """An edit of the training image."""
    here = await user.expected_here()
    train = int(here["train"])
    known = "Already so" if train in user.excluded else "Saved"
    said = rf"{known if user.apart else '.*'}: image {train} excluded\."
    user.excluded.add(train)
    button = user.page.locator("button.act", has_text="Exclude this image")
    await user.click("exclude", button, here | {"said": said})


async def effect(user: User) -> None:
    """From a training image to one of the predictions that it acts on."""
    side = ("▲ argues for their labels", "▼ argues against their labels")[int(user.rng.integers(2))]
    tile, expected = await user.one_of(user.gallery(side))
    await user.click("explain", tile, expected | {"title": "Explain"})


async def overview(user: User) -> None:
    """By the bar back to the start; the run stays the server's default."""
    link = user.page.locator(".doors-of-bar a[data-label=Find]")
    await user.click("overview", link, {"path": "/", "state": {}, "title": "Influence Explorer"})


STEPS: tuple[Callable[[User], Awaitable[None]], ...] = (
    wrong_predictions,
    explain,
    method,
    trust,
    training_image,
    exclude,
    effect,
    target,
    training_image,
    overview,
)
