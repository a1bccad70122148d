"""The game view of the Learn page: a teacher plants a bug and gets links; pupils open one, hunt, and get a score."""

from pathlib import Path
from typing import Literal, TypedDict

import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import Block, doors, draw, heading, small, text
from explorer.app.components.job_progress import job_progress
from explorer.app.components.markdown.markdown_text import prose
from explorer.app.pages.learn.game.hunt import draw_hunt
from explorer.app.pages.learn.game.score import draw_score, draw_solution
from explorer.core.errors import ExplorerError
from explorer.game.game import BUGS, CLASSES, LEAST, MOST, MOST_WILD, PICTURES, PREFIX, SEEDS, Game, decode, planted
from explorer.runs import jobs
from explorer.runs.build.request import Config
from explorer.runs.run import Run

# Per cent that make a good hunt: some ten to thirty test pictures go wrong, and few enough are planted to be a hunt.
SHARES = {"mislabels": 10, "wild": 80, "watermark": 10}
ABOUT = {
    "mislabels": "Some pictures get the label of the other class, whatever they show.",
    "wild": "Some of the wild cats, which are cats here, get the label dog: one kind of animal is taught wrongly.",
    "watermark": "Some pictures get a magenta patch in the corner and the wrong label. Some test pictures carry the patch too: "
    "the program learns to read the patch instead of the animal.",
}
# Fewer wrong test pictures than this give a hunt little to start from.
FEW = 6
WAITING = "The pictures of this game are not on this computer yet. It takes some seconds to prepare them; the hunt then opens here."


def draw_game() -> None:
    """Draw the hunt in the address; without one, the form that plants a bug.

    Raises:
        ExplorerError: the address carries a game, flags or a key that cannot be read.
    """
    code = urls.param("game")
    if code is None:
        _draw_planting()
        return
    game = decode(code)
    run = game_run(game)
    if run is None:
        draw("waiting", heading("Hunt the bug"), text(WAITING))
        draw_preparation(game)
    elif urls.param("solution"):
        _check_key(game)
        draw_solution(run, game)
    elif urls.param("done"):
        draw_score(run, game)
    else:
        draw_hunt(run, game)


def game_run(game: Game) -> Run | None:
    """Return a game's run, or None where it is not built here."""
    run_id = backend.runs().get(game.run_name)
    if run_id is None or Config.from_manifest(backend.manifest(run_id)) != game.config:
        return None
    return backend.run(run_id)


@job_progress.with_error_message
def start_build(game: Game) -> None:
    """Start to build a game's run in the background, unless it is there or under way, or other work runs."""
    if game_run(game) is None and not _building(game) and (_only_ranking() or job_progress.may_start()):
        jobs.start_build(game.config, game.run_name)


def _building(game: Game) -> bool:
    """Return whether a game's run is being built, so that a second click starts nothing."""
    return any(job.state == "running" and (job.kind, job.name) == ("build", game.run_name) for job in jobs.jobs())


def _only_ranking() -> bool:
    """Return whether only audits that hunts started by themselves are running; a build need not wait for those."""
    running = [job for job in jobs.jobs() if job.state == "running"]
    return all(job.kind == "audit" and job.name.startswith(PREFIX) for job in running)


def draw_preparation(game: Game) -> None:
    """Draw the progress of a game's build, or the button that starts it."""
    latest = next((job for job in jobs.jobs() if job.name == game.run_name and job.kind == "build"), None)
    if latest is None or latest.state != "running":
        st.button(
            "Prepare the pictures", icon=":material/play_arrow:", type="primary", on_click=start_build, args=(game,)
        )
    if latest is not None and latest.state != "done":  # an older version may have built it otherwise
        job_progress.draw_jobs("build", game.run_name)


def _check_key(game: Game) -> None:
    if urls.param("solution") != game.key:
        raise ExplorerError(
            "This is not the link with the solution; copy it again, whole, from where the bug was planted."
        )


def _draw_planting() -> None:
    code = urls.param("planted")
    game = decode(code) if code else Game(share=SHARES["wild"])
    draw("planting", heading("Plant a bug"), prose(Path(__file__).parent / "text" / "teacher.md"))
    chosen = _form(game)
    st.button("Plant it", icon=":material/bug_report:", type="primary", on_click=_plant, args=(chosen,))
    if code:
        _draw_planted(game)


def _form(game: Game) -> Game:
    """Return the game that the widgets ask for; they begin with ``game``."""
    columns = st.columns([5, 4, 2, 2, 2], vertical_alignment="bottom")
    pictures = columns[0].selectbox(
        "Pictures", list(PICTURES), list(PICTURES).index(game.pictures), format_func=lambda name: PICTURES[name].title
    )
    bugs = [bug for bug in BUGS if bug != "wild" or PICTURES[pictures].wild]
    bug = columns[1].selectbox(
        "Bug", bugs, bugs.index(game.bug) if game.bug in bugs else 0, format_func=lambda name: BUGS[name]
    )
    classes = CLASSES[:1] if bug == "wild" else CLASSES
    label = columns[2].selectbox("In the class", classes, classes.index(game.label) if game.label in classes else 0)
    most = MOST_WILD if bug == "wild" else MOST
    share_block = columns[3].number_input(
        "Share in %", LEAST, most, game.share if bug == game.bug else SHARES[bug], key=f"share-{bug}"
    )
    seed = columns[4].number_input("Seed", 0, SEEDS, game.seed, help="Another seed plants the bug in other pictures.")
    draw("bug", small(f"{ABOUT[bug]} The share is one of the {'wild cats' if bug == 'wild' else f'{label}s'}."))
    return Game(pictures, bug, label, int(share_block), int(seed)).validated()


def _plant(game: Game) -> None:
    st.query_params["planted"] = game.code
    start_build(game)


def _draw_planted(game: Game) -> None:
    run = game_run(game)
    draw(
        "planted",
        heading("Planted: the links"),
        share_block("For your pupils", hunt_link(game), "It does not say what you hid."),
        share_block("With the solution", hunt_link(game, solution=game.key), "Keep this one to yourself."),
        *(_ready_blocks(run, game) if run else []),
    )
    if run is None:
        draw_preparation(game)


def _ready_blocks(run: Run, game: Game) -> list[Block]:
    count, wrong = int(planted(run, game).sum()), int((run.predicted != run.test_labels).sum())
    mistakes = f"{screen_text.counted(wrong, 'test picture')} of {len(run.test_labels):,} {'is' if wrong == 1 else 'are'} called wrongly now."
    few = [small("That is little to start from: plant a larger share for an easier hunt.")] if wrong < FEW else []
    return [text(f"Ready. {game.solution(count)} {mistakes}"), *few, doors(("Open the hunt", hunt_link(game)))]


def hunt_link(game: Game, **state: object) -> str:
    """Return the address of a hunt."""
    return urls.address("learn", view="game", game=game.code, **state)


class ShareBlock(TypedDict):
    """A link to be copied whole."""

    kind: Literal["share"]
    label: str
    href: str
    note: str


def share_block(label: str, href: str, note: str) -> ShareBlock:
    """Return the block of a link with a button that copies it."""
    return {"kind": "share", "label": label, "href": href, "note": note}
