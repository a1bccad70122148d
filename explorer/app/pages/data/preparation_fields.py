"""The form fields of the preparation: how pictures become what the network is given."""

import streamlit as st

from explorer.datasets.decoding import BACKGROUNDS, ORIENTATIONS, RANGES
from explorer.models.preparation.choice import BASES, LEAST_CROP, WHITES, PreparationChoice
from explorer.models.preparation.preparation import COLOURS, INTERPOLATIONS, RESIZES

BASE = (
    "**torchvision**: as torchvision prepares pictures for this network (not turned, shorter side to 256 px, the middle 224 px cut "
    "out, bilinear). **network**: as its own library does, such as timm. Empty: this program's usual way."
)
RESIZE = (
    "**shortest**: the shorter side gets the size, and the middle is cut out. **squeeze**: the whole picture, its proportions "
    "changed. **longest**: the whole picture, padded."
)
CROP = "The part of the shorter side that the cut keeps, such as 0.875 for 224 px out of 256. Empty: 1, or as the base has it."
INTERPOLATION = "How pictures are made smaller or larger. Empty: bicubic, or as the base has it."
ORIENTATION = (
    "**upright** turns a photograph as its EXIF data say. **as-stored** does not, as most training programs do not."
)
BACKGROUND = "What transparent parts lie on. **dropped**: the colours that are stored below them. Empty: white."
RANGE = "Which value is white in pictures of more than 8 bits. Empty: by the largest value in the data."
ORDER = "Which colour comes first. **bgr**: blue, as in programs that read pictures with OpenCV. Empty: red, or as the base has it."
WHITE = "The value of white that the network was trained with, before mean and deviation. Empty: 1."


def draw_preparation() -> PreparationChoice:
    """Draw the fields and return what is chosen.

    Raises:
        ExplorerError: a value is out of range.
    """
    with st.expander("How pictures are prepared"):
        first, second, third, fourth = st.columns(4)
        with first:
            base = _select("As in", "preparation", BASES, BASE)
        with second:
            resize = _select("Resizing", "resize", RESIZES, RESIZE)
        with third:
            crop = st.number_input(
                "Part that is kept", LEAST_CROP, 1.0, None, key="build-crop", placeholder="as usual", help=CROP
            )
        with fourth:
            interpolation = _select("Interpolation", "interpolation", INTERPOLATIONS, INTERPOLATION)
        with first:
            orientation = _select("Orientation", "orientation", ORIENTATIONS, ORIENTATION)
        with second:
            background = _select("Transparent parts", "background", BACKGROUNDS, BACKGROUND)
        with third:
            span = _select("More than 8 bits", "range", RANGES, RANGE)
        with fourth:
            white = st.selectbox("White is", WHITES, None, key="build-white", placeholder="as usual", help=WHITE)
        with first:
            order = _select("Colours", "colours", COLOURS, ORDER)
    return PreparationChoice(base, resize, crop, interpolation, orientation, background, span, white, order)


def _select(label: str, option: str, words: tuple[str, ...], explained: str) -> str:
    """Draw a choice of words and return the chosen one; empty where none is."""
    chosen = st.selectbox(label, words, None, key=f"build-{option}", placeholder="as usual", help=explained)
    return chosen or ""
