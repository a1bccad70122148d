"""The device on which a network computes: CUDA, Apple's MPS or the CPU."""

import torch

from explorer.core.errors import ExplorerError
from explorer.models.network_names import check_device

# In the order in which ``auto`` takes them.
AVAILABLE = {
    "cuda": lambda: torch.cuda.is_available(),
    "mps": lambda: torch.backends.mps.is_available(),
    "cpu": lambda: True,
}


def device_of(name: str) -> torch.device:
    """Return the torch device called ``name``; ``"auto"`` is the first available of CUDA, MPS and CPU.

    Raises:
        ExplorerError: the name is unknown, or this computer has no such device.
    """
    check_device(name)
    here = [each for each, available in AVAILABLE.items() if available()]
    if name != "auto" and name not in here:
        raise ExplorerError(
            f"The device {name} is not on this computer, or PyTorch was installed without it; choose one of: auto, {', '.join(here)}."
        )
    device = torch.device(here[0] if name == "auto" else name)
    if device.type == "cuda":
        _disable_tf32()
    return device


def _disable_tf32() -> None:
    """Multiply in full float32: NVIDIA's default in convolutions, TF32, keeps ten bits, and features differ by 1e-3."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
