"""Small ONNX files: by torch's own exporter, and written operator by operator."""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

RNG = np.random.default_rng(0)
WEIGHT, BIAS = RNG.normal(size=(2, 3)).astype(np.float32), np.float32([0.5, -1])


def tiny(classes=2):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, classes),
    ).eval()


def exported(net, path, size=32, batch=None, **options):
    """A network as torch saves it; for any batch where ``batch`` is None."""
    free = {} if batch else {"dynamic_axes": {"input": {0: "batch"}}}
    given = torch.rand(batch or 2, 3, size, size)
    torch.onnx.export(net, (given,), str(path), dynamo=False, input_names=["input"], **free, **options)
    return path


def written(
    path,
    nodes,
    numbers=None,
    shape=("b", 3, 32, 32),
    kind=TensorProto.FLOAT,
    output="y",
    inputs=(),
    domains=(),
    functions=(),
):
    """A graph of some operators from ``x`` to ``output``, with the file's own numbers by name."""
    given = [helper.make_tensor_value_info("x", kind, shape), *inputs]
    outputs = [
        helper.make_tensor_value_info(name, kind, None) for name in ([output] if isinstance(output, str) else output)
    ]
    tensors = [numpy_helper.from_array(value, name) for name, value in (numbers or {}).items()]
    graph = helper.make_graph(
        [helper.make_node(op, i, o, **more) for op, i, o, more in nodes], "g", given, outputs, tensors
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in (("", 18), *domains)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9, functions=functions)
    path.write_bytes(model.SerializeToString())
    return path


def averaged(*after):
    """Operators that average each colour over the picture to ``h`` (b, 3), and some more behind."""
    return [("GlobalAveragePool", ["x"], ["p"], {}), ("Flatten", ["p"], ["h"], {}), *after]


def outside(path, location, folder=None):
    """Move an ONNX file's numbers into another file, and name it so in the first."""
    model = onnx.load(path)
    offset, content = 0, b""
    for tensor in model.graph.initializer:
        raw = tensor.raw_data or numpy_helper.to_array(tensor).tobytes()
        content += raw
        tensor.ClearField("raw_data")
        tensor.ClearField("float_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", offset), ("length", len(raw))):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, str(value)
        offset += len(raw)
    path.write_bytes(model.SerializeToString())
    ((folder or path.parent) / location).write_bytes(content)
    return path
