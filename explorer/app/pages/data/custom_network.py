"""The form fields of a custom network: weights, feature layer, picture size and normalisation."""

from typing import Any

import streamlit as st

from explorer.app.components.file_drop.file_drop import DropZone, draw_drop_zone, given_path
from explorer.app.pages.data.preparation_fields import draw_preparation
from explorer.datasets import uploads

WEIGHTS = (
    "The path of a state dict of this network, .pth or .safetensors, on the computer where this program runs. "
    "It is read as numbers; nothing in it is run. Files that can run code, such as TorchScript, are loaded from the command line only."
)
LAYER = "Whose output is the feature, such as **layer3**; with **:input** its input. Empty: what the last layer reads."
SIZE = "Usual are 128 for small pictures and 224 for others."
CHANNELS = (
    "As in the training of the weights; pixels go from 0 to 1. One number, or three with commas. Empty: ImageNet's."
)
CLASSES = "The classes of your network's outputs in their order, with commas: dog,cat."
SET = "Where a file holds several sets of weights: its name, such as **model**. The check below names them."
CHECKPOINT = DropZone(
    "checkpoint",
    "Drop a file of weights",
    uploads.CHECKPOINTS,
    uploads.store_checkpoint,
    "A state dict of the network above, such as .pth or .safetensors, or an ONNX file. It is read as numbers; no code in it is run.",
)


def draw_fields() -> dict[str, Any]:
    """Draw the fields and return their values, as :meth:`explorer.models.custom.spec.NetworkSpec.parse` takes it."""
    with st.expander("Your own weights, another layer, another size"):
        left, right = st.columns(2, gap="large")
        with left:
            draw_drop_zone(CHECKPOINT)
        right.text_input(
            "Or the path of a file of weights",
            key=CHECKPOINT.field,
            placeholder="none: the published ones",
            help=WEIGHTS,
        )
        layer = right.text_input("Layer", key="build-layer", placeholder="the last one's input", help=LAYER)
        first, second, third = st.columns(3)
        size = first.number_input(
            "Picture size in px", 1, value=None, key="build-size", placeholder="as usual", help=SIZE
        )
        mean = second.text_input(
            "Mean of the colours", key="build-mean", placeholder="0.485,0.456,0.406", help=CHANNELS
        )
        std = third.text_input(
            "Deviation of the colours", key="build-std", placeholder="0.229,0.224,0.225", help=CHANNELS
        )
        names, chosen = st.columns(2)
        classes = names.text_input("Classes of its outputs", key="build-classes", placeholder="found out", help=CLASSES)
        weights = chosen.text_input(
            "Set of weights", key="build-weights-set", placeholder="the average, else the usual one", help=SET
        )
    way = draw_preparation()
    given = {"checkpoint": given_path(CHECKPOINT), "layer": layer, "size": size, "mean": mean, "std": std}
    return given | {"preparation": way, "classes": classes, "weights_set": weights}
