"""The head of a page about a run: title, question, notices, and the menu of runs."""

from explorer.app import urls
from explorer.app.components.blocks import blocks
from explorer.app.components.blocks.blocks import Block
from explorer.app.components.leverage_badge.leverage_badge import leverage_badge
from explorer.models import SMALL_CNN
from explorer.runs.run import Run

LAST_LAYER = (
    "This network was trained on the same images, so the scores are only the last layer's share of their influence."
)


def page_head(run: Run, title: str, question: str, *methods: str) -> Block:
    """Return a page's title, its question, the menu of runs, and notices on the data and on the methods shown."""
    name = urls.run_name()
    names = urls.run_names(name)
    menus = [urls.param_menu("run", "Run", names, name)] if name in names and len(names) > 1 else []
    return blocks.head(title, question, _notices(run, methods), *menus)


def _notices(run: Run, methods: tuple[str, ...]) -> list[str]:
    notices = [run.manifest.notice] if run.manifest.notice else []
    notices += [LAST_LAYER] if run.manifest.backbone == SMALL_CNN else []
    if any(name.startswith("influence") for name in methods):
        holds, sentence = leverage_badge(run)
        notices += [] if holds else [sentence]
    return notices
