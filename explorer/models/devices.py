"""Where a network computes: the processor, or a graphics card where there is one."""

import torch

from explorer.core.errors import ExplorerError, unknown

# In the order in which ``auto`` takes them.
AVAILABLE = {
    "cuda": lambda: torch.cuda.is_available(),
    "mps": lambda: torch.backends.mps.is_available(),
    "cpu": lambda: True,
}


def device_of(asked: str) -> torch.device:
    """Return the device of this name; ``auto`` is the first of CUDA, Apple's MPS and the processor that is there.

    Raises:
        ExplorerError: there is no such device on this computer.
    """
    if asked not in ("auto", *AVAILABLE):
        raise unknown("device", asked, ["auto", *AVAILABLE])
    here = [name for name, there in AVAILABLE.items() if there()]
    if asked != "auto" and asked not in here:
        raise ExplorerError(
            f"The device {asked} is not on this computer, or PyTorch was installed without it; choose one of: auto, {', '.join(here)}."
        )
    found = torch.device(here[0] if asked == "auto" else asked)
    if found.type == "cuda":
        _in_full()
    return found


def _in_full() -> None:
    """Let NVIDIA's cards multiply in float32: TF32, their default in convolutions, keeps ten bits, and features differ by 1e-3."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
