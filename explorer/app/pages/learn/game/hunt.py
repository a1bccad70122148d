"""The hunt: test pictures that go wrong, the training pictures behind each, and flags that live in the address."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import numpy as np

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import doors, draw, heading, pager, small, text
from explorer.app.components.explanation_sections.explanation_sections import likeliest
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.job_progress import job_progress
from explorer.app.components.markdown.markdown_text import prose
from explorer.app.prefetch import explain_ahead
from explorer.app.server import inline_thumbnail, thumbnail_url
from explorer.game.game import Game, pack_rows, unpack_rows
from explorer.runs import jobs
from explorer.runs.results.explanation import Explanation, Neighbour
from explorer.runs.run import Run

TEXTS = Path(__file__).parent / "text"
# Test pictures a page: one row at 1280 px, so that what misled the chosen one is in sight below.
TESTS = 10
# Training pictures that misled and that helped: two rows and one at 1280 px.
HARMFUL, HELPFUL = 16, 8

OUTSIDE = (
    "Only the flags on this page count; what you press on other pages changes nothing in the game. The address of this page "
    "holds your flags: send it to show how far you are."
)


def draw_hunt(run: Run, game: Game) -> None:
    """Draw the hunt in the state of the address.

    Raises:
        ExplorerError: the flags or the test picture in the address do not exist.
    """
    flags = pack_rows(unpack_rows(urls.param("flags") or "", len(run.train_labels)))
    rows = hardest(run)
    page, pages = urls.page_param(len(rows), TESTS)
    shown = rows[TESTS * (page - 1) : TESTS * page]
    given = urls.int_param("test")
    index = run.check_test(int(shown[0]) if given is None else given)
    found = backend.explain(run.id, index, run.default_method, HARMFUL)
    state = {"view": "game", "game": game.code, "flags": flags}
    rank_ahead(run, game.run_name)
    draw(
        "hunt",
        heading("Hunt the bug"),
        prose(TEXTS / "hunt.md", n=f"{len(run.train_labels):,}", right=accuracies(run)),
        heading("Test pictures it finds hardest"),
        gallery(Section("Test pictures", [_test(run, int(row), index, page, state) for row in shown], tile=84)),
        *pager(lambda to: urls.address("learn", **state, page=to), page, pages),
        heading("Who taught it this?"),
        _hunt(run, found, urls.address("learn", **state, done=1)),
        text(
            "You may also use the rest of the explorer. Your browser's back button brings you back here with your flags."
        ),
        doors(*ways(game.run_name, index)),
        small(OUTSIDE),
    )
    explain_ahead(run.id, [int(row) for row in shown], run.default_method, HARMFUL)


def hardest(run: Run) -> np.ndarray:
    """Return the misclassified test rows, the highest loss first; a page at least, so that there is always a start."""
    order = np.argsort(-run.test_losses, kind="stable")
    return order[: max(TESTS, int((run.predicted != run.test_labels).sum()))]


def accuracies(run: Run) -> str:
    """Return how many test pictures of each class are right, in words."""
    counts = np.bincount(run.test_labels, minlength=len(run.class_names))
    right = np.bincount(run.test_labels[run.predicted == run.test_labels], minlength=len(run.class_names))
    each = zip(run.class_names, right.tolist(), counts.tolist(), strict=True)
    return " and ".join(f"{good:,} of {total:,} test pictures of {name}s" for name, good, total in each) + " right"


def ways(name: str, index: int) -> list[tuple[str, str]]:
    """Return the ways into the rest of the explorer, in the game's run."""
    return [
        ("Explain this test picture", urls.address("explain", run=name, test=index)),
        ("Suspects", urls.address("suspects", run=name)),
        ("Map", urls.address("map", run=name)),
    ]


def _test(run: Run, row: int, chosen: int, page: int, state: dict[str, str]) -> Tile:
    tile = image_tiles.prediction_tile(run, row, pictured=True)
    label, said = run.class_names[run.test_labels[row]], run.class_names[run.predicted[row]]
    lines = (label, f"{'✓' if label == said else '✗'} says {said}", *(["↓ see below"] if row == chosen else []))
    href = urls.address("learn", **state, page=page if page > 1 else "", test=row)
    return replace(tile, href=href, lines=lines)


class HuntBlock(TypedDict):
    """A test picture and the galleries in which ``n`` training pictures can be flagged; ``hand`` is where flags are handed in."""

    kind: Literal["hunt"]
    image: Annotated[dict[str, Any], Section]
    sides: list[Annotated[dict[str, Any], Section]]
    thumbs: str
    n: int
    hand: str


def _hunt(run: Run, found: Explanation, hand_in: str) -> HuntBlock:
    image = replace(image_tiles.prediction_tile(run, found.index, pictured=True), href="", lines=())
    facts = [
        ("Labelled", found.label),
        ("It says", f"{found.predicted} {'✓' if found.label == found.predicted else '✗'}"),
    ]
    facts += [(f"P({name})", screen_text.probability(share)) for name, share in likeliest(found)]
    this = Section("This test picture", [image], "This test picture", facts=facts, tile=220, single=True)
    misled = _side(run, found, "▼ misled by these", "harmful", found.harmful)
    helped = _side(run, found, "▲ helped by these", "helpful", found.helpful[:HELPFUL])
    return {
        "kind": "hunt",
        "image": gallery(this)["sections"][0],
        "sides": gallery(misled, helped)["sections"],
        "thumbs": thumbnail_url(run.id, "train", 0).rsplit("/", 1)[0],
        "n": len(run.train_labels),
        "hand": hand_in,
    }


def _side(run: Run, found: Explanation, title: str, sign: str, entries: Sequence[Neighbour]) -> Section:
    said = f"Training pictures, the strongest first. Below each: how sure it is of {found.target}, now and without this picture."
    tiles = [_suspect(run, found, entry, sign) for entry in entries]
    return Section(title, tiles, title, said, empty="There is no such training picture.", tile=92)


def _suspect(run: Run, found: Explanation, entry: Neighbour, sign: str) -> Tile:
    alt = f"training picture {entry.train_index}, labelled {entry.label}, {sign}"
    after = entry.probability_without
    moved = screen_text.number(entry.score, "+") if after is None else screen_text.moved(found.probability, after)
    row = entry.train_index
    lines = (f"labelled {entry.label}", f"{screen_text.HELPFUL if sign == 'helpful' else screen_text.HARMFUL} {moved}")
    return Tile(
        str(row),
        thumbnail_url(run.id, "train", row),
        alt,
        lines,
        sign=sign,
        inline=inline_thumbnail(run.id, "train", row),
    )


def rank_ahead(run: Run, name: str) -> None:
    """Begin the audit where there is none, so that Suspects has its queue and the judging something to compare with."""
    begun = any(job.kind == "audit" and job.name == name and job.state != "done" for job in jobs.jobs())
    if backend.audit(run.id, "all") is None and not begun and not job_progress.busy():
        jobs.start("audit", name, ["audit", "--run", name])
