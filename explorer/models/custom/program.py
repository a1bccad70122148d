"""What all formats of program files share: a program brings its own architecture, and loading it can run any code."""

from pathlib import Path
from typing import cast

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.models.custom.checkpoint import readable_file
from explorer.models.custom.spec import EXPORTED, PROGRAMS, TORCHSCRIPT, NetworkSpec
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.network_names import trust_required

# How a program of each format is saved.
SAVED = {
    TORCHSCRIPT: "torch.jit.script(model).save(…) or torch.jit.trace(…)",
    EXPORTED: "torch.export.save(torch.export.export(model.eval(), (images,)), 'net.pt2')",
}
# The layer name that stands for what the program itself returns.
OUTPUT = "output"
# Weights ``(C, d)`` and bias ``(C,)`` of a last layer, in float64.
LastLayer = tuple[np.ndarray, np.ndarray]


class ProgramExtractor(FeatureExtractor):
    """A feature extractor around a program that already ends at the layer that is read."""

    def head(self) -> LastLayer | None:
        """Return the program's last linear layer where its input is the features, else None."""
        return cast(LastLayer | None, self.network.head)


def trusted_file(spec: NetworkSpec, kind: str) -> Path:
    """Return the path of a program file that may run code, because the person said so.

    Args:
        spec: the person's file, and whether it is trusted.
        kind: the format, one of :data:`~explorer.models.custom.spec.PROGRAMS`.

    Raises:
        ExplorerError: there is no such file, or ``trust_code`` was not given.
    """
    path = readable_file(spec.checkpoint)
    if not spec.trust_code:
        raise ExplorerError(trust_required(spec.checkpoint, kind))
    return path


def not_a_program(path: Path, kind: str, error: Exception) -> ExplorerError:
    """Return the error for a file that is no program of this format: the reason, and how one is saved."""
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
    return ExplorerError(
        f"{path} is no {PROGRAMS[kind]} program ({reason}); save one with {SAVED[kind]}, or give --backbone the name of a torchvision network."
    )
