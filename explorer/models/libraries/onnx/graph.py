"""An ONNX graph as layers: what goes in, where its last linear layer stands, and the graph that ends at a value."""

from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

from explorer.models.libraries.onnx.nodes import names_read

# The layers that make class scores: a product with weights, or a convolution of the whole picture.
LINEAR = (
    "Gemm",
    "MatMul",
    "QLinearMatMul",
    "QGemm",
    "MatMulInteger",
    "DynamicQuantizeMatMul",
    "FusedGemm",
    "FusedMatMul",
)
LAYERS = (*LINEAR, "Conv", "QLinearConv", "FusedConv")
# What may stand behind the last layer: it keeps the order of the classes.
ORDERED = (
    "Softmax",
    "LogSoftmax",
    "Sigmoid",
    "Log",
    "Identity",
    "Cast",
    "Dropout",
    "QuantizeLinear",
    "DequantizeLinear",
    "QLinearSoftmax",
    "QLinearSigmoid",
    "ArgMax",
    "Hardmax",
    "ReduceMax",
    "TopK",
)
SHAPED = ("Flatten", "Reshape", "Squeeze", "Unsqueeze")
# What may stand there and changes the scores: only where its other input is a constant.
SCALED = ("Add", "Sub", "Mul", "Div", "Neg", "QLinearAdd", "Clip")
# From this version of the format on, a graph's own numbers need not be listed among its inputs.
FREE_NUMBERS = 4
# What a global average and a shape may stand between the last convolution and the scores.
POOLED = ("GlobalAveragePool", "AveragePool", "ReduceMean", "Relu", "QLinearGlobalAveragePool")


@dataclass(frozen=True)
class OnnxLayer:
    """An operator with weights.

    Attributes:
        node: of the graph (``onnx.NodeProto``).
        name: by which a person may ask for it.
    """

    node: Any
    name: str

    @property
    def data(self) -> str:
        """The value that goes in."""
        return str(self.node.input[0])

    @property
    def result(self) -> str:
        """The value that comes out."""
        return str(self.node.output[0])


@dataclass(frozen=True, eq=False)
class OnnxGraph:
    """A checked model's graph; its functions are unfolded.

    Attributes:
        model: ``onnx.ModelProto``.
    """

    model: Any

    @cached_property
    def stored(self) -> set[str]:
        """The values that are numbers in the file."""
        graph = self.model.graph
        return {tensor.name for tensor in graph.initializer} | {each.values.name for each in graph.sparse_initializer}

    @property
    def inputs(self) -> list[Any]:
        """What has to be given; files of before 2019 list their own numbers as well."""
        return [value for value in self.model.graph.input if value.name not in self.stored]

    @property
    def outputs(self) -> list[str]:
        """The values that the whole graph returns."""
        return [value.name for value in self.model.graph.output]

    @cached_property
    def nodes(self) -> list[Any]:
        """The operators, each after those whose values it reads; some programs write them in another order.

        Raises:
            ValueError: some wait for one another.
        """
        nodes = list(self.model.graph.node)
        maker = {name: place for place, node in enumerate(nodes) for name in node.output if name}
        before = {
            place: [maker[name] for name in names_read(node) if name in maker] for place, node in enumerate(nodes)
        }
        return [nodes[place] for place in TopologicalSorter(before).static_order()]

    @cached_property
    def producers(self) -> dict[str, Any]:
        """The operator that computes each value."""
        return {name: node for node in self.nodes for name in node.output if name}

    @cached_property
    def constants(self) -> set[str]:
        """The values that no picture changes."""
        known = set(self.stored)
        for node in self.nodes:
            if names_read(node) <= known:
                known |= {name for name in node.output if name}
        return known

    @cached_property
    def layers(self) -> dict[str, OnnxLayer]:
        """The operators with weights by name, in the order in which they compute."""
        found = [node for node in self.nodes if node.op_type in LAYERS and node.input[0] not in self.constants]
        return {name: OnnxLayer(node, name) for node in found for name in [self._name(node)]}

    def _name(self, node: Any) -> str:
        """Return an operator's name: that of the layer whose weights it uses, where the file kept it."""
        weights = [name.rpartition(".")[0] for name in node.input[1:] if name.endswith(".weight")]
        return str((weights or [node.name.strip("/") or node.output[0]])[0])

    def last_layer(self) -> tuple[OnnxLayer, list[Any]] | None:
        """Return the layer that makes the class scores, and the operators behind it up to the output; None where none does."""
        for ends in ((), POOLED):
            for output in self.outputs:
                found = self._behind(output, ends)
                if found is not None:
                    return found
        return None

    def scored(self) -> list[str]:
        """Return the outputs that are scores of linear layers, one for each such layer."""
        ends = {output: self._behind(output, ()) for output in self.outputs}
        return list({found[0].result: output for output, found in reversed(ends.items()) if found}.values())[::-1]

    def _behind(self, value: str, pooled: tuple[str, ...]) -> tuple[OnnxLayer, list[Any]] | None:
        """Walk back from a value through what only orders, shapes or scales the scores of a layer."""
        passed: list[Any] = []
        while value in self.producers:
            node = self.producers[value]
            wanted = LAYERS if pooled else LINEAR
            if node.op_type in wanted and node.input[0] not in self.constants and self._weighted(node):
                return OnnxLayer(node, self._name(node)), passed[::-1]
            changing = [name for name in node.input if name and name not in self.constants]
            allowed = node.op_type in (*ORDERED, *SHAPED, *SCALED, *pooled) and changing
            if not allowed or (len(changing) > 1 and not self._rescaled(node)):
                return None
            value = self._rescaled(node) or changing[0]
            passed.append(node)
        return None

    def _weighted(self, node: Any) -> bool:
        """Return whether a layer's second matrix is made of the file's numbers alone."""
        place = 3 if node.op_type in ("QLinearMatMul", "QGemm", "QLinearConv") else 1
        return node.input[place] in self.constants

    def _rescaled(self, node: Any) -> str:
        """Return the product of whole numbers that a dynamically quantised layer scales back; empty for any other."""
        for name in node.input if node.op_type == "Mul" else ():
            cast = self.producers.get(name)
            inner = self.producers.get(cast.input[0]) if cast is not None and cast.op_type == "Cast" else None
            if inner is not None and inner.op_type == "MatMulInteger":
                return str(name)
        return ""

    def rank_of(self, value: str) -> int | None:
        """Return the number of dimensions that the file gives for a value; None where it gives none."""
        graph = self.model.graph
        for known in (*graph.value_info, *graph.input, *graph.output):
            if known.name == value and known.type.tensor_type.HasField("shape"):
                return len(known.type.tensor_type.shape.dim)
        return None

    def needed_for(self, values: list[str]) -> list[Any]:
        """Return the operators that compute some values, in the file's order."""
        wanted, chosen = set(values), []
        for node in reversed(self.nodes):
            if wanted & set(node.output):
                chosen.append(node)
                wanted |= names_read(node)
        return chosen[::-1]

    def ended_at(self, values: list[str], extra: tuple[Any, ...] = (), reading: tuple[str, ...] = ()) -> Any:
        """Return a model that computes some values and nothing else; it shares no memory with this one.

        Args:
            values: what it returns.
            extra: operators that are added at its end.
            reading: the values of this graph that they read.
        """
        made, graph = type(self.model)(), self.model.graph
        nodes = [*self.needed_for([*(reading or values)]), *extra]
        read = set(values).union(*map(names_read, nodes))
        made.ir_version = max(self.model.ir_version, FREE_NUMBERS)
        made.opset_import.extend(self.model.opset_import)
        made.graph.name = "features"
        made.graph.node.extend(nodes)
        made.graph.initializer.extend(tensor for tensor in graph.initializer if tensor.name in read)
        made.graph.sparse_initializer.extend(each for each in graph.sparse_initializer if each.values.name in read)
        made.graph.input.extend(value for value in self.inputs if value.name in read)
        for value in values:
            made.graph.output.add().name = value
        return made
