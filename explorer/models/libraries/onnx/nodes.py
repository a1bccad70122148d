"""What an ONNX graph may hold: the walk over all of its operators and tensors, and those that are refused."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError

SAVED = "torch.onnx.export(model.eval(), (images,), 'net.onnx')"
# Nodes of a graph with all that its functions stand for; large networks have some thousands. Functions in functions.
MOST_NODES, DEEPEST = 50_000, 64
# Domains whose operators ONNX Runtime brings itself; the last is Microsoft's, for faster and smaller graphs.
DOMAINS = ("", "ai.onnx", "com.microsoft")
# Operators that repeat a graph as often as a number says, that draw numbers, or that run what another program made.
REPEATING = ("Loop", "Scan", "SequenceMap", "BeamSearch", "GreedySearch", "Sampling", "WhisperBeamSearch")
RANDOM = ("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial")
FOREIGN = ("EPContext", "PyOp")


def check_nodes(file: Path, model: Any) -> None:
    """Refuse what ONNX Runtime does not bring itself, what repeats a graph, and what draws numbers.

    Raises:
        ExplorerError: there is such an operator, or there are too many; the sentence says how to save the network.
    """
    own = {(function.domain, function.name) for function in model.functions}
    for node in nodes_of(model):
        if (node.domain, node.op_type) not in own:
            _check_node(file, node)
    if _expanded(model) > MOST_NODES:
        raise ExplorerError(
            f"{file} has more than {MOST_NODES:,} operators, its functions unfolded; save it by {SAVED}."
        )


def _check_node(file: Path, node: Any) -> None:
    if node.domain not in DOMAINS or node.op_type in FOREIGN:
        name = f"{node.domain}.{node.op_type}".strip(".")
        raise ExplorerError(
            f"{file} uses the operator {name}, which belongs to another program and is not run; save the network with ONNX's own operators, for instance by {SAVED}."
        )
    if node.op_type in REPEATING:
        raise ExplorerError(
            f"{file} repeats a part of its graph ({node.op_type}), which is not run; save the network traced, by {SAVED}."
        )
    if node.op_type in RANDOM or any(each.name == "training_mode" and each.i for each in node.attribute):
        raise ExplorerError(
            f"{file} was saved in training ({node.op_type} draws numbers or follows its batch); save it after model.eval(), by {SAVED}."
        )


def nodes_of(model: Any) -> Iterator[Any]:
    """Yield all operators of a model, those of subgraphs and of its own functions among them."""
    for graph in _graphs(model.graph):
        yield from graph.node
    for function in model.functions:
        yield from _below(function.node)


def tensors_of(model: Any) -> Iterator[Any]:
    """Yield all tensors of a model: of its graphs, their subgraphs, and its operators' settings."""
    for graph in _graphs(model.graph):
        yield from graph.initializer
        yield from _dense(graph.sparse_initializer)
    for function in model.functions:
        for node in function.node:
            for graph in _inner(node):
                for each in _graphs(graph):
                    yield from (*each.initializer, *_dense(each.sparse_initializer))
    for node in nodes_of(model):
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            yield from _dense([attribute.sparse_tensor, *attribute.sparse_tensors])


def names_read(node: Any) -> set[str]:
    """Return the values that an operator needs, those that its subgraphs take from outside among them."""
    return {name for each in _below([node]) for name in each.input if name}


def _dense(sparse: Iterable[Any]) -> Iterator[Any]:
    for each in sparse:
        yield from (each.values, each.indices)


def _graphs(graph: Any) -> Iterator[Any]:
    """Yield a graph and all graphs inside its operators."""
    yield graph
    for node in graph.node:
        for inner in _inner(node):
            yield from _graphs(inner)


def _inner(node: Any) -> Iterator[Any]:
    """Yield the graphs in an operator's settings."""
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            if graph.node or graph.initializer or graph.sparse_initializer:
                yield graph


def _below(nodes: Iterable[Any]) -> Iterator[Any]:
    """Yield operators and all those inside them."""
    for node in nodes:
        yield node
        for inner in _inner(node):
            yield from _below(inner.node)


def _expanded(model: Any) -> int:
    """Return how many operators a model has with what its functions stand for; above the limit for endless ones."""
    functions = {(function.domain, function.name): function for function in model.functions}
    known: dict[tuple[str, str], int] = {}

    def size(node: Any, depth: int) -> int:
        key = (node.domain, node.op_type)
        if key not in functions:
            return 1
        if depth > DEEPEST:
            return MOST_NODES + 1
        if key not in known:
            known[key] = min(MOST_NODES + 1, sum(size(each, depth + 1) for each in _below(functions[key].node)))
        return known[key]

    return sum(size(node, 0) for graph in _graphs(model.graph) for node in graph.node)
