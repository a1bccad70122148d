"""A person's ONNX file as features: the graph up to its last linear layer, run by ONNX Runtime and by nothing else."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer.core.errors import ExplorerError
from explorer.models.custom.program import OUTPUT, LastLayer, ProgramExtractor
from explorer.models.custom.spec import NetworkSpec
from explorer.models.feature_extractor import INPUT, FeatureExtractor, unknown_layer
from explorer.models.libraries.onnx.beside import classes_beside, prepared_beside
from explorer.models.libraries.onnx.colours_last import with_colours_first
from explorer.models.libraries.onnx.file import read_model
from explorer.models.libraries.onnx.graph import OnnxGraph
from explorer.models.libraries.onnx.head import CONVOLUTIONS, ReadValue, check_evaluated, head_of, input_of
from explorer.models.libraries.onnx.input import OnnxInput, input_of_graph
from explorer.models.libraries.onnx.nodes import SAVED
from explorer.models.libraries.onnx.scale import own_white
from explorer.models.libraries.onnx.session import cannot_run, reason, session
from explorer.models.preparation.preparation import Preparation

NO_GRADIENTS = "An ONNX network has no way back from its features to the pixels; give the network as a checkpoint of torch (--backbone NAME --checkpoint weights.pth) for this."


class OnnxFeatures(nn.Module):
    """A graph that ends at the value that is read: images ``(b, 3, size, size)`` to features ``(b, d)`` float32.

    Attributes:
        head: weights and bias of the graph's last linear layer where its input is what is read, else None.
    """

    def __init__(self, running: Any, given: OnnxInput, maps: bool, head: LastLayer | None) -> None:
        super().__init__()
        self.running, self.given, self.maps, self.head = running, given, maps, head

    def forward(self, images: Tensor) -> Tensor:
        """Return the features; for a fixed batch size, the last batch is filled up with its last image.

        Raises:
            ExplorerError: derivatives by the images are asked for.
            ValueError: the graph does not take these images.
        """
        if images.requires_grad and torch.is_grad_enabled():
            raise ExplorerError(NO_GRADIENTS)
        pixels = np.ascontiguousarray(images.detach().cpu().numpy(), dtype=self.given.kind)
        size = self.given.batch or len(pixels)
        parts = [self._run(pixels[start : start + size], size) for start in range(0, len(pixels), size)]
        return torch.from_numpy(np.concatenate(parts))

    def _run(self, pixels: np.ndarray, size: int) -> np.ndarray:
        count = len(pixels)
        filled = np.concatenate([pixels, np.repeat(pixels[-1:], size - count, axis=0)]) if count < size else pixels
        try:
            [values] = self.running.run(None, {self.given.name: filled})
        except Exception as error:  # ONNX Runtime's errors have no common kind
            raise ValueError(reason(error)) from error
        if values.ndim not in (2, 3, 4) or len(values) != size or values.dtype.kind != "f":
            raise ValueError(f"it gives {values.dtype} {values.shape}, not one row of numbers a picture")
        if values.ndim == 4 and self.maps:
            values = values.mean(axis=(2, 3), dtype=np.float32)
        if values.ndim > 2:
            values = values.mean(axis=tuple(range(1, values.ndim - 1)), dtype=np.float32)
        return values[:count].astype(np.float32, copy=False)


def load(spec: NetworkSpec, prepared: Preparation | None = None) -> FeatureExtractor:
    """Return the features of an ONNX file at ``spec.layer``; the input of its last linear layer where that is empty.

    Raises:
        ExplorerError: it cannot be read or run, takes no pictures, or has no such layer.
    """
    graph = opened(spec.checkpoint)
    given = input_of_graph(graph, spec.checkpoint)
    try:
        check_evaluated(graph, spec.checkpoint)
        value, head = _read(graph, spec.layer)
        notes, white = () if spec.layer else _ending(graph), own_white(graph, given.name)
        cut = graph.ended_at([value.name], value.nodes, (value.reading or value.name,)).SerializeToString()
        del graph
        running = session(cut)
    except ExplorerError:
        raise
    except Exception as error:  # ONNX Runtime's errors have no common kind
        raise cannot_run(spec.checkpoint, error, SAVED) from error
    extractor = ProgramExtractor(OnnxFeatures(running, given, value.maps, head), None, spec)
    extractor.notes = (*notes, *prepared_beside(spec.checkpoint, white, prepared))
    extractor.classes = classes_beside(spec.checkpoint)
    return extractor


def opened(path: str) -> OnnxGraph:
    """Return a file's graph, its functions unfolded.

    Raises:
        ExplorerError: it cannot be read; the sentence says why.
    """
    model = read_model(path)
    if model.functions:
        from onnx import inliner

        model = inliner.inline_local_functions(model)
    return OnnxGraph(with_colours_first(model))


def _read(graph: OnnxGraph, layer: str) -> tuple[ReadValue, LastLayer | None]:
    """Return the value that is read at a layer, and the graph's last linear layer where its input is that."""
    last = graph.last_layer()
    name = layer.removesuffix(INPUT)
    if last is not None and (not layer or layer == last[0].name + INPUT):
        return input_of(graph, last[0]), head_of(graph, *last)
    if layer in ("", OUTPUT):
        return ReadValue(graph.outputs[0], maps=True), None
    if name in graph.layers:
        found = graph.layers[name]
        return (
            input_of(graph, found)
            if layer.endswith(INPUT)
            else ReadValue(found.result, found.node.op_type in CONVOLUTIONS)
        ), None
    if layer in graph.producers:
        return ReadValue(layer, maps=True), None
    raise unknown_layer(layer, [*graph.layers, OUTPUT])


def _ending(graph: OnnxGraph) -> tuple[str, ...]:
    """Return the sentence on a graph that does not end in a linear layer, or in several."""
    last, scored = graph.last_layer(), graph.scored()
    if len(scored) > 1:
        return (f"It returns scores of several layers ({', '.join(scored[:5])}); those of {scored[0]} are judged.",)
    if last is None:
        named = [name for name, layer in graph.layers.items() if layer.node.op_type not in CONVOLUTIONS]
        other = f" What its last linear layer reads is --layer {named[-1]}{INPUT}." if named else ""
        return (f"It ends in no linear layer, so what it returns is taken for the features.{other}",)
    if last[0].node.op_type in CONVOLUTIONS:
        return (
            f"It ends in a convolution, which is taken for its classifier: the features are what that reads, averaged. If they are what it returns, add --layer {OUTPUT}.",
        )
    return ()


def size_of(path: str) -> int | None:
    """Return the only width and height in pixels that a file's graph takes; None where it takes any.

    Raises:
        ExplorerError: it cannot be read, or takes no pictures.
    """
    return input_of_graph(OnnxGraph(with_colours_first(read_model(path))), path).size


def white_of(path: str) -> float | None:
    """Return the value of white that a file's graph normalises itself, 1 or 255; None where it is given normalised pixels.

    Raises:
        ExplorerError: it cannot be read, or takes no pictures.
    """
    graph = opened(path)
    return own_white(graph, input_of_graph(graph, path).name)
