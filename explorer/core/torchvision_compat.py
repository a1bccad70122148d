"""torchvision, imported so that it also works beside a CPU build of torch.

The registry's torchvision wheel is compiled for CUDA. Beside a CPU build of torch its compiled operators cannot load,
and ``import torchvision`` stops with "operator torchvision::nms does not exist", because it registers a shape rule for
an operator that is missing. The program uses no compiled operator (networks, transforms and data sets are Python), so
declaring the two missing ones is enough.
"""

import torch

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
