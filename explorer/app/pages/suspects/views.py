"""The views of the Suspects page: their addresses, titles and drawing functions."""

from collections.abc import Callable

from explorer.app import urls
from explorer.app.components.blocks.blocks import Block, tab_links
from explorer.app.pages.suspects.cleaning import draw_cleaning
from explorer.app.pages.suspects.duplicates import draw_duplicates
from explorer.app.pages.suspects.error_causes import draw_error_causes
from explorer.app.pages.suspects.outliers import draw_outliers
from explorer.app.pages.suspects.queue_view import draw_queue
from explorer.runs.run import Run


def _draw_groups(run: Run) -> None:
    # scikit-learn's clusterings take 0.14 s to load, which the first click on any other view would wait for
    from explorer.app.pages.suspects.groups import draw_groups

    draw_groups(run)


# View in the address: its name, and the function that draws it.
VIEWS: dict[str, tuple[str, Callable[[Run], None]]] = {
    "queue": ("Review queue", draw_queue),
    "outliers": ("Outlier map", draw_outliers),
    "groups": ("Groups", _draw_groups),
    "duplicates": ("Duplicates", draw_duplicates),
    "cell": ("Who caused these errors?", draw_error_causes),
    "cleaning": ("What cleaning is worth", draw_cleaning),
}


def view_tabs(view: str) -> Block:
    """Return the row of links to all views; ``view`` is marked as open."""
    state = urls.query_state()
    links = [(label, urls.address("suspects", **state, view=name), name == view) for name, (label, _) in VIEWS.items()]
    return tab_links("Views of the suspects", links)


def draw_view(view: str, run: Run) -> None:
    """Draw the view called ``view``, a key of ``VIEWS``."""
    VIEWS[view][1](run)
