"""A Plotly chart with the quiet line *Take along: SVG · PNG · CSV* below it; the browser makes the files."""

from typing import Any, Literal, TypedDict

import streamlit as st

from explorer.app.components.blocks.blocks import draw


class PictureBlock(TypedDict):
    """The line below a chart: the chart's key, by which the browser finds it, and the start of its files' names."""

    kind: Literal["picture"]
    chart: str
    name: str


def draw_chart(figure: Any, key: str, alt: str = "") -> None:
    """Draw a Plotly figure and the line that takes it along; ``key`` is unique on the page, and its files are called so."""
    st.plotly_chart(figure, key=key, config={"displayModeBar": False}, alt=alt or None)
    block: PictureBlock = {"kind": "picture", "chart": key, "name": key}
    draw(f"{key}-take", block)
