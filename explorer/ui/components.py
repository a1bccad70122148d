"""Components without a build step: HTML here, CSS and JavaScript in ``assets/``, registered once a process."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

_ASSETS = Path(__file__).resolve().parents[2] / "assets"


@lru_cache
def component(name: str, html: str) -> Callable[..., Any]:
    """Return the component whose code lies in ``assets/NAME.css`` and ``assets/NAME.js``."""
    css, js = ((_ASSETS / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return st.components.v2.component(name, html=html, css=css, js=js)
