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
from explorer.app.components.markdown.markdown_text import prose
from explorer.app.pages.learn.game.seat import Seat
from explorer.app.prefetch import explain_ahead
from explorer.app.server import inline_thumbnail, thumbnail_url
from explorer.game.game import pack_rows, unpack_rows
from explorer.runs import jobs
from explorer.runs.results.explanation import Explanation, Neighbour
from explorer.runs.run import Run

TEXTS = Path(__file__).parent / "text"
# Test pictures a page: one row at 1280 px, so that what misled the chosen one is in sight below.
TESTS = 10
# Training pictures that misled and that helped: two rows and one at 1280 px.
HARMFUL, HELPFUL = 16, 8

FLAGS_EXPLAINED = (
    "Only the flags on this page count; what you press on other pages changes nothing in the game. The address of this page "
    "holds your flags: send it to show how far you are."
)


def draw_hunt(run: Run, seat: Seat) -> None:
    """Draw the hunt in the state of the address.

    Raises:
        ExplorerError: the flags or the test picture in the address do not exist.
    """
    flags = pack_rows(unpack_rows(urls.param("flags") or "", len(run.train_labels)))
    rows = hardest_tests(run)
    page, pages = urls.page_param(len(rows), TESTS)
    shown = rows[TESTS * (page - 1) : TESTS * page]
    requested = urls.int_param("test")
    index = run.check_test(int(shown[0]) if requested is None else requested)
    explanation = backend.explain(run.id, index, run.default_method, HARMFUL)
    state = {**seat.state, "flags": flags}
    seat.keep_flags(flags)
    draw(
        "hunt",
        heading("Hunt the bug"),
        prose(TEXTS / "hunt.md", n=f"{len(run.train_labels):,}", right=accuracy_text(run)),
        heading("Test pictures it finds hardest"),
        gallery(Section("Test pictures", [_test_tile(run, int(row), index, page, state) for row in shown], tile=84)),
        *pager(lambda to: urls.address("learn", **state, page=to), page, pages),
        heading("Which training images are to blame?"),
        _hunt(run, explanation, urls.address("learn", **state, done=1)),
        text(
            "You may also use the rest of the explorer. Your browser's back button brings you back here with your flags."
        ),
        doors(*explorer_links(seat.planted.run_name, index)),
        small(FLAGS_EXPLAINED),
    )
    explain_ahead(run.id, [int(row) for row in shown], run.default_method, HARMFUL)


def hardest_tests(run: Run) -> np.ndarray:
    """Return the misclassified test rows, the highest loss first; a page at least, so that there is always a start."""
    order = np.argsort(-run.test_losses, kind="stable")
    return order[: max(TESTS, int((run.predicted != run.test_labels).sum()))]


def accuracy_text(run: Run) -> str:
    """Return the number of right test pictures of each class as text."""
    counts = np.bincount(run.test_labels, minlength=len(run.class_names))
    right = np.bincount(run.test_labels[run.predicted == run.test_labels], minlength=len(run.class_names))
    each = zip(run.class_names, right.tolist(), counts.tolist(), strict=True)
    return " and ".join(f"{good:,} of {total:,} test pictures of {name}s" for name, good, total in each) + " right"


def explorer_links(name: str, index: int) -> list[tuple[str, str]]:
    """Return the links to the explorer's other pages, on the game's run."""
    return [
        ("Explain this test picture", urls.address("explain", run=name, test=index)),
        ("Suspects", urls.address("suspects", run=name)),
        ("Map", urls.address("map", run=name)),
    ]


def _test_tile(run: Run, row: int, chosen: int, page: int, state: dict[str, str]) -> Tile:
    tile = image_tiles.prediction_tile(run, row, pictured=True)
    label, predicted = run.class_names[run.test_labels[row]], run.class_names[run.predicted[row]]
    lines = (
        label,
        f"{'✓' if label == predicted else '✗'} says {predicted}",
        *(["↓ see below"] if row == chosen else []),
    )
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


def _hunt(run: Run, explanation: Explanation, hand_in: str) -> HuntBlock:
    image = replace(image_tiles.prediction_tile(run, explanation.index, pictured=True), href="", lines=())
    facts = [
        ("Labelled", explanation.label),
        ("It says", f"{explanation.predicted} {'✓' if explanation.label == explanation.predicted else '✗'}"),
    ]
    facts += [(f"P({name})", screen_text.probability(share)) for name, share in likeliest(explanation)]
    this = Section("This test picture", [image], "This test picture", facts=facts, tile=220, single=True)
    misled = _side(run, explanation, "▼ argue against the label", "harmful", explanation.harmful)
    helped = _side(run, explanation, "▲ argue for the label", "helpful", explanation.helpful[:HELPFUL])
    return {
        "kind": "hunt",
        "image": gallery(this)["sections"][0],
        "sides": gallery(misled, helped)["sections"],
        "thumbs": thumbnail_url(run.id, "train", 0).rsplit("/", 1)[0],
        "n": len(run.train_labels),
        "hand": hand_in,
    }


def _side(run: Run, explanation: Explanation, title: str, sign: str, entries: Sequence[Neighbour]) -> Section:
    meaning = f"Training pictures, the strongest first. Below each: by how many percentage points P({explanation.target}) would change without it."
    tiles = [_neighbour_tile(run, explanation, entry, sign) for entry in entries]
    return Section(title, tiles, title, meaning, empty="There is no such training picture.", tile=92)


def _neighbour_tile(run: Run, explanation: Explanation, entry: Neighbour, sign: str) -> Tile:
    alt = f"training picture {entry.train_index}, labelled {entry.label}, {sign}"
    after = entry.probability_without
    before, digits = explanation.probability, explanation.scale.points_digits
    change = screen_text.number(entry.score, "+") if after is None else screen_text.gain(before, after, digits)
    row = entry.train_index
    lines = (f"labelled {entry.label}", f"{screen_text.HELPFUL if sign == 'helpful' else screen_text.HARMFUL} {change}")
    return Tile(
        str(row),
        thumbnail_url(run.id, "train", row),
        alt,
        lines,
        sign=sign,
        inline=inline_thumbnail(run.id, "train", row),
    )


def start_audit(run: Run, name: str) -> None:
    """Start the game run's audit in the background where it has none; the Suspects queue and the score need it."""
    if backend.audit(run.id, "all") is not None:
        return
    if not any(job.kind == "audit" and job.name == name and job.state != "done" for job in jobs.jobs()):
        jobs.start("audit", name, ["audit", "--run", name])
