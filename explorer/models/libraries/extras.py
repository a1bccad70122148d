"""Optional libraries: loaded where they are installed, else one sentence says how to get them."""

import importlib
import importlib.util
from types import ModuleType

from explorer.core.errors import ExplorerError

# Extra of pyproject.toml -> the modules that it brings.
EXTRAS = {"onnx": ("onnx", "onnxruntime"), "timm": ("timm", "timm.data"), "transformers": ("transformers",)}


def installed(extra: str) -> bool:
    """Return whether the modules of an extra are there; none is loaded."""
    return all(importlib.util.find_spec(name) is not None for name in EXTRAS[extra])


def needed(extra: str, what: str) -> list[ModuleType]:
    """Return the modules of an extra.

    Args:
        extra: a key of :data:`EXTRAS`.
        what: what was given that needs it, as the beginning of a sentence.

    Raises:
        ExplorerError: one of them is not installed; the sentence has the command.
    """
    try:
        return [importlib.import_module(name) for name in EXTRAS[extra]]
    except ImportError as error:
        raise ExplorerError(
            f"{what} needs {' and '.join(EXTRAS[extra])} ({error}); run pip install 'influence-explorer[{extra}]'."
        ) from error
