"""What is doubtful in a reading of data, and the box by which a person says that it is right."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from explorer.app import screen_text
from explorer.app.pages.data.page_words import on_page
from explorer.runs.build import preflight_summary

TITLE = "**Is this what you mean?** The data can be read as above, but that looks wrong:"
YES = "Yes, read it so"
WAITS = "Start waits for your yes. If it is wrong, change the data and press Check again."
CHOOSE = "Start waits for your yes. If it is wrong, choose below how the data are read."


def of_report(report: Mapping[str, Any]) -> list[str]:
    """Return what is doubtful and not confirmed yet; nothing for a check of earlier versions."""
    return preflight_summary.doubts(report) if "refusal_as_read" in report else []


def draw_doubts(key: str, report: Mapping[str, Any], choices: bool = False) -> bool:
    """Draw the doubts with the box, and return whether the build may start: nothing is doubtful, or the box is ticked.

    ``choices`` says whether something can be chosen below.
    """
    found = of_report(report)
    if not found:
        return True
    st.warning("\n".join([TITLE, "", *(f"- {screen_text.verbatim(on_page(each))}" for each in found)]))
    ticked = st.checkbox(YES, key=f"as-read-{key}")
    if not ticked:
        st.caption(CHOOSE if choices else WAITS)
    return ticked
