"""The score of a hunt: found, missed and false alarms, beside rankings and blind guessing with as many looks."""

from typing import Literal, TypedDict

import numpy as np
import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import Block, doors, draw, heading, small, text
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.job_progress import job_progress
from explorer.app.pages.learn.game.hunt import start_audit
from explorer.app.pages.learn.game.seat import Seat
from explorer.app.server import inline_thumbnail, thumbnail_url
from explorer.core.keyed_cache import keyed_cache
from explorer.game.game import Game, pack_rows, planted_rows, reviewing_orders, unpack_rows
from explorer.game.planted_games import PlantedGame, planted_game
from explorer.game.score import Score, score
from explorer.runs.run import Run

# Pictures of each kind: so many rows at first, so many that travel with the page, and at most so many behind "Show all".
ROWS, TRAVEL, SHOWN = 4, 48, 480
ORDERS = {
    "loss": "Labels it finds hardest to believe (loss)",
    "influence": "Pictures behind its wrong answers (influence)",
    "queue": "First of the Suspects queue",
}
NO_QUEUE = "The Suspects queue of this game is being computed; what it finds appears here by itself."
SCALE = "A full bar would be the best that so many looks can find."


# Seconds between two looks at whether the teacher shows the solution by now.
WAIT_SECONDS = 5
WAITING = "Handed in. What you found is shown here as soon as whoever planted the bug shows the solution; this page looks for it by itself."
OLD = "This game was planted by an older version: its solution opens with the link that has the solution."


def draw_handed_in(run: Run, seat: Seat) -> None:
    """Draw that the flags of the address are handed in, and wait for the solution; nothing here tells whether they are right.

    Raises:
        ExplorerError: the flags in the address do not exist.
    """
    planted, flags = seat.planted, unpack_rows(urls.param("flags") or "", len(run.train_labels))
    seat.hand_in(pack_rows(flags))
    start_audit(run, planted.run_name)  # not sooner: it would take the class's computer in the middle of the lesson
    tiles = [_tile(run, int(row), "flagged") for row in flags[:SHOWN]]
    mine = [gallery(Section("Your flags", tiles, "Your flags", tile=84))] if tiles else []
    draw(
        "judged",
        heading(f"You flagged {screen_text.counted(len(flags), 'picture')}"),
        text(OLD if planted.old else WAITING),
        *mine,
        doors(("Keep hunting", urls.address("learn", **hunt_state(seat, flags)))),
    )
    if not planted.old:
        st.fragment(_wait_for_solution, run_every=WAIT_SECONDS)(planted.token)


def _wait_for_solution(token: str) -> None:
    if planted_game(token).shown:
        st.rerun()


def draw_score(run: Run, seat: Seat) -> None:
    """Draw the score of the flags in the address.

    Raises:
        ExplorerError: the flags in the address do not exist.
    """
    planted, flags = seat.planted, unpack_rows(urls.param("flags") or "", len(run.train_labels))
    result = hunt_score(run, planted, flags)
    own = f"Your {screen_text.counted(result.flagged, 'flag')}"
    draw(
        "judged",
        heading(f"You found {len(result.found):,} of {result.planted:,}"),
        text(score_sentence(result)),
        text(f"What was planted: {planted.game.solution(result.planted)}"),
        *(comparison_blocks(result, own) if result.flagged else []),
        *result_galleries(run, planted.game, result),
        doors(
            ("Keep hunting", urls.address("learn", **hunt_state(seat, flags))), *([] if seat.room else _new_game_link())
        ),
    )
    _draw_audit(planted, result)


def draw_solution(run: Run, planted: PlantedGame) -> None:
    """Draw what was planted, and how many of it rankings and blind guessing find with as many looks."""
    result = hunt_score(run, planted, np.flatnonzero(planted_mask(run.id, planted.token)))
    draw(
        "solution",
        heading("The solution"),
        text(planted.game.solution(result.planted)),
        *comparison_blocks(result, ""),
        _section(run, "Planted", result.found, _planted_label(planted.game)),
        doors(("Open the hunt", urls.address("learn", view="game", game=planted.token)), *_new_game_link()),
    )
    _draw_audit(planted, result)


def _draw_audit(planted: PlantedGame, result: Score) -> None:
    """Draw how far the Suspects queue is, where it is not there yet; the page is drawn again once it is."""
    if "queue" not in result.orders:
        job_progress.draw_jobs("audit", planted.run_name, 1)


def hunt_state(seat: Seat, flags: np.ndarray) -> dict[str, str]:
    """Return what the address of a hunt says: the game or the room, and the flagged training rows."""
    return {**seat.state, "flags": pack_rows(flags)}


def hunt_score(run: Run, planted: PlantedGame, flags: np.ndarray) -> Score:
    """Return the score of the flagged training rows."""
    start_audit(run, planted.run_name)
    return score(flags, planted_mask(run.id, planted.token), reviewing_orders(run, backend.audit(run.id, "all")))


def score_sentence(result: Score) -> str:
    """Return the score as text."""
    if result.precision is None:
        return "You flagged no picture, so there is nothing to judge. Below is what was planted; or keep hunting first."
    return (
        f"You flagged {screen_text.counted(result.flagged, 'picture')}: {len(result.found):,} found, {len(result.missed):,} missed, "
        f"{screen_text.counted(len(result.false), 'false alarm')}. {screen_text.percent(result.precision, 0)} of your flags are right."
    )


class StandingRow(TypedDict):
    """What one way of looking found, as a share of what could be found, with the ends of its chance where it has any."""

    name: str
    words: str
    share: float
    low: float | None
    high: float | None
    own: bool


class StandingBlock(TypedDict):
    """Ways of looking beside one another, on one scale."""

    kind: Literal["standing"]
    rows: list[StandingRow]
    note: str


def comparison_blocks(result: Score, own: str) -> list[Block]:
    """Return the bars of the pupil's finds, labelled ``own``, beside rankings and guessing with the same number of looks."""
    best, looks = max(1, min(result.flagged, result.planted)), result.flagged
    rows = [_row(own, len(result.found), best, looks, own=True)] if own else []
    rows += [_row(name, result.orders[key], best, looks) for key, name in ORDERS.items() if key in result.orders]
    luck = result.chance
    caption = f"{luck.expected:.1f} of {looks:,} on average, 95 times in 100: {luck.low:,} to {luck.high:,}"
    low, high = luck.low / best, luck.high / best
    share = luck.expected / best
    rows.append({"name": "Blind guessing", "words": caption, "share": share, "low": low, "high": high, "own": False})
    note = SCALE if "queue" in result.orders else f"{SCALE} {NO_QUEUE}"
    title = f"What can be found by looking at {screen_text.counted(looks, 'picture')}"
    return [heading(title), StandingBlock(kind="standing", rows=rows, note=note)]


def _row(name: str, count: int, best: int, looks: int, own: bool = False) -> StandingRow:
    caption = f"{count:,} of {looks:,}"
    return {"name": name, "words": caption, "share": count / best, "low": None, "high": None, "own": own}


def result_galleries(run: Run, game: Game, result: Score) -> list[Block]:
    """Return the galleries of found, missed and falsely flagged pictures."""
    truth = _planted_label(game)
    sides = (
        ("✓ Found", result.found, truth),
        ("○ Missed", result.missed, truth),
        ("✗ False alarms", result.false, "not planted"),
    )
    shown = [_section(run, title, rows, line) for title, rows, line in sides if len(rows)]
    return [*shown, small("Click a picture to see what it does to the test pictures.")] if shown else []


def _section(run: Run, title: str, rows: np.ndarray, line: str) -> Block:
    more = f", the first {SHOWN} are shown" if len(rows) > SHOWN else ""
    tiles = [_tile(run, int(row), line, place < TRAVEL) for place, row in enumerate(rows[:SHOWN])]
    section = Section(title, tiles, f"{title}: {len(rows):,}{more}", tile=84, rows=ROWS, order="place in the data")
    return gallery(section)


def _tile(run: Run, row: int, line: str, travels: bool = True) -> Tile:
    label = run.class_names[run.train_labels[row]]
    href = urls.address("training_image", run=urls.name_of(run.id), train=row)
    alt = f"training picture {row}, labelled {label}, {line}"
    return Tile(
        str(row),
        thumbnail_url(run.id, "train", row),
        alt,
        (f"labelled {label}", line),
        href,
        inline=inline_thumbnail(run.id, "train", row) if travels else "",
    )


def _planted_label(game: Game) -> str:
    return {"mislabels": f"a {game.label}", "wild": "a wild cat", "watermark": f"a marked {game.label}"}[game.bug]


def _new_game_link() -> list[tuple[str, str]]:
    return [("Plant another bug", urls.address("learn", view="game"))]


@keyed_cache(backend.RUNS)
def planted_mask(run_id: str, token: str) -> np.ndarray:
    """Return which training images of a game's run were planted, ``(n,)`` bool; for whoever may see the solution only."""
    return planted_rows(backend.run(run_id), planted_game(token).game)
