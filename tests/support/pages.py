"""The whole app with one page open, without a browser, and what its components were told."""

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.support import component_packages
from tests.support.chromium import HARMFUL, HELPFUL

ROOT = Path(__file__).parents[2]
assert component_packages
MAIN = ROOT / "explorer/app/frame/main.py"


def opened(page, /, **state):
    """The app with this page open in this state."""
    app = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in state.items():
        app.query_params[name] = str(value)
    return app.run() if page == "overview" else app.switch_page(str(ROOT / f"pages/{page}.py")).run()


def shown_sections(element):
    """The sections of all galleries of an element."""
    return list(sections_of(json.loads(element.proto.json)["blocks"]))


def sections_of(blocks):
    for block in blocks:
        yield from block.get("sections", [])
        for column in block.get("columns", []):
            yield from sections_of(column["blocks"])


def sides(app):
    """The tiles of both galleries of an explanation: of what argues for the class, and of what argues against it."""
    shown = galleries(app)
    return [next(tiles for label, tiles in shown.items() if label.startswith(begin)) for begin in (HELPFUL, HARMFUL)]


def galleries(app):
    """The items of every gallery on the page, by its label."""
    elements = app.get("bidi_component")
    return {section["label"]: section["tiles"] for element in elements for section in shown_sections(element)}
