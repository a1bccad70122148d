"""The words for networks of other libraries, and what a file is by its content; known without torch and the libraries."""

from pathlib import Path

from explorer.core.errors import ExplorerError
from explorer.models.custom.files.kinds import is_core_ml
from explorer.models.libraries.model_folders import HUGGING_FACE, model_folder, word_of_folder
from explorer.models.libraries.timm_names import PREFIX, architecture_of

# Stands where else a network's name does: the file brings its own architecture.
ONNX = "onnx"
# Word -> title.
SELF_DESCRIBING = {ONNX: "ONNX", HUGGING_FACE: "Hugging Face"}
# An ONNX file begins with the number of its format, 3 to 13 by now, and goes on with one of these fields of ModelProto.
ONNX_FORMATS, ONNX_FIELDS = range(3, 32), b"\x12\x1a\x22\x28\x32\x3a\x42\x72"


def word_of_content(path: str) -> str:
    """Return the word for a file or folder that brings its own architecture and runs nothing; empty for any other."""
    folder = model_folder(path)
    if folder is not None:
        return word_of_folder(folder)
    try:
        with Path(path).open("rb") as stream:
            start = stream.read(8)
    except (OSError, ValueError):
        return ""
    if len(start) < 8 or start[0] != 8 or start[1] not in ONNX_FORMATS or start[2] not in ONNX_FIELDS:
        return ""
    return "" if is_core_ml(start) else ONNX


def check_self_describing(name: str, path: str) -> None:
    """Check that a file is what its word says.

    Raises:
        ExplorerError: there is no file, or its content is another; the sentence says what to give.
    """
    if not path:
        raise ExplorerError(f"--backbone {name} needs the network's file; give --checkpoint PATH.")
    if Path(path).exists() and word_of_content(path) != name:
        raise ExplorerError(
            f"{path} is no {SELF_DESCRIBING[name]} file by its content; leave --backbone {name} out, or give the file that was meant."
        )


def check_stated(name: str, path: str, stated: str) -> None:
    """Check that a file does not say of itself that it belongs to another network.

    Args:
        name: of the network that was asked for.
        path: of the file.
        stated: the network that the file states, or that brings its own architecture; empty for none.

    Raises:
        ExplorerError: it does.
    """
    if stated in SELF_DESCRIBING:
        raise ExplorerError(
            f"{path} is of {SELF_DESCRIBING[stated]} and brings its own architecture, so {name} is not needed; leave --backbone out, or give --backbone {stated}."
        )
    same = architecture_of(stated) == architecture_of(name) and name.startswith(PREFIX)
    if stated.startswith(PREFIX) and not same:
        raise ExplorerError(
            f"{path} says that its network is timm's {stated.removeprefix(PREFIX)}, which may have the tensors of {name} and compute something else; give --backbone {stated}."
        )
