"""What a browser asks for in an element of a page: it is written down when it is heard, and its answers are kept for the next drawing."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import streamlit as st

from explorer.app import backend
from explorer.core.errors import ExplorerError
from explorer.runs.edits import actions

HEARD = "acting-heard"
# What an element says that only wants its page drawn again (job_progress/awaited.js).
LOOK: dict[str, Any] = {"items": []}


def listener(key: str) -> Callable[[], None]:
    """Return what is called when a person acts in the element ``key``: it writes the edits and keeps the answers."""

    def heard() -> None:
        request = st.session_state[key]["act"]
        if request and request != LOOK:
            # What is heard is written down before Streamlit may interrupt: touching its state again is such a moment.
            answers = _answers(request)
            st.session_state[HEARD] = answers

    return heard


def _answers(request: Any) -> list[dict[str, Any]]:
    try:
        return [asdict(answer) for answer in actions.perform(request, backend.run)]
    except ExplorerError as error:
        return [asdict(actions.Answer("", str(error), False))]


def answers() -> list[dict[str, Any]]:
    """Return the answers to the last message of this browser tab."""
    return list(st.session_state.get(HEARD, []))
