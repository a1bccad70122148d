"""The graph of a ``torch.export`` program: its last linear layer, and what it does before its first and after its last layer."""

import json
import operator
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import fx

from explorer.datasets.archives.members import BROKEN
from explorer.models.custom.answers import FIXED, LINEAR, UNKNOWN, made_of
from explorer.models.custom.beginnings import SCALING, Step, scaling_word
from explorer.models.custom.endings import Ending, as_numbers, nothing_behind

aten = torch.ops.aten
LAYER = aten.linear.default
# A linear layer after ``run_decompositions``: bias, data, and the weights turned.
PRODUCT = aten.addmm.default
TURNED = (aten.permute.default, aten.t.default, aten.transpose.int)
SOFTENED = {
    aten.softmax.int: "softmax",
    aten._softmax.default: "softmax",
    aten.log_softmax.int: "log_softmax",
    aten._log_softmax.default: "log_softmax",
    aten.sigmoid.default: "sigmoid",
    aten.log.default: "log",
}
COPIED = ("to", "detach", "lift_fresh_copy", "clone", "alias", "_to_copy")
MIXED = ("add", "sub", "rsub", "mul", "div", "neg")
SHAPED = (aten.view.default, aten.reshape.default, aten.flatten.using_ints, aten.squeeze.dim, aten.squeeze.dims, aten.clone.default)  # fmt: skip
# Where weights meet the pictures for the first time.
FIRST = (
    aten.conv2d.default,
    aten.convolution.default,
    LAYER,
    PRODUCT,
    aten.mm.default,
    aten.batch_norm.default,
    aten.layer_norm.default,
)
# Bytes of a program's description.
DESCRIPTION = 64 * 2**20


@dataclass(frozen=True)
class LinearNode:
    """A linear layer: the node itself, what goes into it, its weights ``(C, d)`` and its bias, None where it has none."""

    node: fx.Node
    data: fx.Node
    weight: fx.Node
    bias: fx.Node | None


def last_linear(graph: fx.Graph) -> LinearNode | None:
    """Return the last linear layer, as it was exported or taken apart."""
    found = None
    for node in graph.nodes:
        inputs = node.all_input_nodes
        if node.op == "call_function" and node.target == LAYER:
            found = LinearNode(node, inputs[0], inputs[1], inputs[2] if len(inputs) > 2 else None)
        elif node.op == "call_function" and node.target == PRODUCT and inputs[2].target in TURNED:
            found = LinearNode(node, inputs[1], inputs[2].all_input_nodes[0], inputs[0])
    return found


def ending_of(program: Any, linear: LinearNode) -> Ending | None:
    """Return what stands between a layer and the program's answer; None where the answer is another."""
    [end] = program.graph.find_nodes(op="output")
    node, found = linear.node, nothing_behind()
    for later in program.graph.nodes:
        if node not in later.all_input_nodes or later.op != "call_function":
            continue
        further: Ending | None = found
        if word_of(later) in MIXED:
            further = _mixed(program, later, node, found)
        elif later.target in SOFTENED:
            further = found.then(SOFTENED[later.target])
        elif later.target not in SHAPED:
            continue
        if further is None and node in end.all_input_nodes:  # the scores are returned as well
            continue
        if further is None:
            return None
        node, found = later, further
    return found if node in end.all_input_nodes else None


def _mixed(program: Any, later: fx.Node, node: fx.Node, found: Ending) -> Ending | None:
    """Return an ending with one more sum, product or the like of a node and a constant."""
    word = word_of(later)
    if word == "neg":
        return found.then("neg")
    first = later.args[0] is node
    other = later.args[1 if first else 0]
    while isinstance(other, fx.Node) and word_of(other) in COPIED:
        other = other.args[0]
    value = weight_of(program, other) if isinstance(other, fx.Node) else other
    alpha = later.kwargs.get("alpha", later.args[2] if len(later.args) > 2 else 1)
    number = None if value is None or alpha != 1 else as_numbers(value)
    return found.then("sub", number, not first) if word == "rsub" else found.then(word, number, first)


def answers_of(graph: fx.Graph) -> list[str]:
    """Return what each of a program's answers is made of, in the words of :mod:`~explorer.models.custom.answers`."""
    [end] = graph.find_nodes(op="output")
    return [made_of(node, _answer_word, lambda node: node.all_input_nodes) for node in end.all_input_nodes]


def _answer_word(node: fx.Node) -> str:
    if node.op == "get_attr":
        return FIXED
    if node.op != "call_function" or node.target is operator.getitem:
        return "given" if node.op == "placeholder" else UNKNOWN
    return LINEAR if node.target in (LAYER, PRODUCT) else word_of(node)


def word_of(node: fx.Node) -> str:
    """Return the plain name of an operator, such as ``add``."""
    name = str(getattr(node.target, "_schema", node.target)).partition("(")[0]
    return name.removeprefix("aten::").partition(".")[0].rstrip("_")


def answer_class(path: Path) -> str:
    """Return the class of a program's answer, read from its description, where it is none of Python's or torch's own."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [entry.filename for entry in archive.infolist() if entry.file_size < DESCRIPTION]
            described = archive.read(next(name for name in names if re.search(r"models/[^/]+\.json$", name)))
        [whole, *_] = json.loads(described)["graph_module"]["module_call_graph"]
        words = re.findall(r'"type": ?"([\w.]{1,100})"', whole["signature"]["out_spec"])
    except (*BROKEN, OSError, StopIteration, KeyError, TypeError):
        return ""
    return next((word for word in words if not word.startswith(("builtins.", "collections.", "torch."))), "")


def preparation_in(program: Any) -> list[str]:
    """Return what a program does to its pictures before its first layer: a word of :mod:`~explorer.models.custom.beginnings`, ``"resizes"``."""
    reached: set[Any] = set(program.graph.find_nodes(op="placeholder"))
    steps: list[Step] = []
    resizes = False
    for node in program.graph.nodes:
        if node.op != "call_function" or not reached & set(node.all_input_nodes):
            continue
        word = word_of(node)
        if (
            node.target in FIRST or word == "select"
        ):  # torchvision's own change of channels is meant for normalised pictures
            break
        if not isinstance(node.meta.get("val"), torch.Tensor):
            continue
        if word in SCALING:
            first = node.args[0] in reached
            steps.append((word, _constant(program, node.args[1 if first else 0]), first))
        resizes |= "upsample" in word
        reached.add(node)
    return scaling_word(steps) + ["resizes"] * resizes


def _constant(program: Any, value: Any) -> Any:
    """Return a constant or stored number, also behind operators that only copy or shape it; None for a computed one."""
    while isinstance(value, fx.Node) and value.op == "call_function" and _kept(value):
        value = value.args[0]
    found = weight_of(program, value) if isinstance(value, fx.Node) else value
    return found.detach().double().numpy() if isinstance(found, torch.Tensor) else found


def _kept(node: fx.Node) -> bool:
    return word_of(node) in COPIED or node.target in SHAPED


def weight_of(program: Any, node: fx.Node | None) -> torch.Tensor | None:
    """Return the tensor of a weight's node: a parameter, a buffer or a constant; None where it is computed."""
    if node is None or node.op != "get_attr":
        return None
    found: Any = program
    for part in str(node.target).split("."):
        found = getattr(found, part, None)
    return found.detach() if isinstance(found, torch.Tensor) else None
