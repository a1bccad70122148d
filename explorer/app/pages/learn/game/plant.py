"""The form in which a teacher chooses what to plant."""

import secrets
from pathlib import Path

import streamlit as st

from explorer.app.components.blocks.blocks import draw, heading, small
from explorer.app.components.job_progress import job_progress
from explorer.app.components.markdown.markdown_text import prose
from explorer.app.pages.learn.game.game_run import start_build
from explorer.game.game import BUGS, CLASSES, LEAST, MOST, MOST_WILD, PICTURES, SEEDS, Game
from explorer.game.planted_games import PlantedGame, plant

# Per cent that make a good hunt: some ten to thirty test pictures go wrong, and few enough are planted to be a hunt.
SHARES = {"mislabels": 10, "wild": 80, "watermark": 10}
ABOUT = {
    "mislabels": "Some pictures get the label of the other class, whatever they show.",
    "wild": "Some of the wild cats, which are cats here, get the label dog: one kind of animal is labelled wrongly.",
    "watermark": "Some pictures get a magenta patch in the corner and the wrong label. Some test pictures carry the patch too: "
    "the program learns to read the patch instead of the animal.",
}


def draw_planting(planted: PlantedGame | None = None) -> None:
    """Draw the form; it begins with the choices of ``planted``, where there is one, else with a seed of its own."""
    draw("planting", heading("Plant a bug"), prose(Path(__file__).parent / "text" / "teacher.md"))
    # a seed that every class has would be known to the second class
    seed = st.session_state.setdefault("game seed", 1 + secrets.randbelow(SEEDS))
    chosen = _form(planted.game if planted else Game(share=SHARES["wild"], seed=seed))
    st.button("Plant it", icon=":material/bug_report:", type="primary", on_click=_plant, args=(chosen,))


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
    draw(
        "bug", small(f"{ABOUT[bug]} {int(share_block)} in 100 {'wild cats' if bug == 'wild' else f'{label}s'} get it.")
    )
    return Game(pictures, bug, label, int(share_block), int(seed)).validated()


@job_progress.with_error_message
def _plant(game: Game) -> None:
    planted = plant(game)
    st.query_params.update({"planted": planted.token, "solution": planted.key})
    start_build(planted)
