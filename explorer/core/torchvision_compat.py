"""torchvision, imported so that it also works beside a CPU build of torch, and without torch's compiler.

The registry's torchvision wheel is compiled for CUDA. Beside a CPU build of torch its compiled operators cannot load,
and ``import torchvision`` stops with "operator torchvision::nms does not exist", because it registers a shape rule for
an operator that is missing. The program uses no compiled operator (networks, transforms and data sets are Python), so
declaring the two missing ones is enough.

One of its operators on boxes asks ``torch._dynamo`` whether it can be compiled; to load that takes 1.5 s, longer than torch itself.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import torch

_COMPILER = ("torch._dynamo", "torch._dynamo.utils")


@contextmanager
def _without_compiler() -> Iterator[None]:
    """Context manager: modules that ask for torch's compiler are told that there is none; who asks later gets it."""
    if any(name in sys.modules for name in _COMPILER):
        yield
        return
    modules = {name: ModuleType(name) for name in _COMPILER}
    vars(modules["torch._dynamo.utils"])["is_compile_supported"] = lambda device: False
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in _COMPILER:
            del sys.modules[name]


with _without_compiler():
    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        _library = torch.library.Library("torchvision", "DEF")
        for _operator in ("nms", "qnms"):
            _library.define(f"{_operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision

__all__ = ["torchvision"]
