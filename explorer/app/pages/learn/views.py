"""The views of the Learn page: their addresses, titles and drawing functions."""

from collections.abc import Callable

from explorer.app import urls
from explorer.app.components.blocks.blocks import Block, tab_links
from explorer.app.pages.learn.game.game_view import draw_game
from explorer.app.pages.learn.glossary import draw_glossary
from explorer.app.pages.learn.lesson.lesson import draw_lesson
from explorer.app.pages.learn.teaching.notes import draw_teaching

QUESTION = "How does it work? Eight steps, with figures to touch; a game; and the papers' experiments, measured again."


def _draw_experiments() -> None:
    # all experiments with their figures are 64 modules, which the lesson does not need
    from explorer.app.pages.learn.papers import draw_experiments

    draw_experiments()


# View in the address: its name, and the function that draws it.
VIEWS: dict[str, tuple[str, Callable[[], None]]] = {
    "lesson": ("Lesson", draw_lesson),
    "game": ("Plant a bug", draw_game),
    "experiments": ("The papers' experiments", _draw_experiments),
    "words": ("Words", draw_glossary),
    "teach": ("For teachers", draw_teaching),
}


def view_tabs(view: str) -> Block:
    """Return the row of links to all views; ``view`` is marked as open."""
    links = [
        (label, urls.address("learn", **urls.learn_state(view=name)), name == view)
        for name, (label, _) in VIEWS.items()
    ]
    return tab_links("Parts of Learn", links)


def draw_view(view: str) -> None:
    """Draw the view called ``view``, a key of ``VIEWS``."""
    VIEWS[view][1]()
