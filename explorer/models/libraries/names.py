"""The words for networks of other libraries, and what a file is by its content; known without torch and the libraries."""

from pathlib import Path

from explorer.core.errors import ExplorerError

# Stands where else a network's name does: the file brings its own architecture.
ONNX = "onnx"
# Word -> title.
SELF_DESCRIBING = {ONNX: "ONNX"}
# An ONNX file begins with the number of its format, 3 to 13 by now, and goes on with one of these fields of ModelProto.
ONNX_FORMATS, ONNX_FIELDS = range(3, 32), b"\x12\x1a\x22\x28\x32\x3a\x42\x72"


def word_of_content(path: str) -> str:
    """Return the word for a file or folder that brings its own architecture and runs nothing; empty for any other."""
    try:
        with Path(path).open("rb") as stream:
            start = stream.read(3)
    except (OSError, ValueError):
        return ""
    return ONNX if len(start) == 3 and start[0] == 8 and start[1] in ONNX_FORMATS and start[2] in ONNX_FIELDS else ""


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


def check_described_here(name: str, path: str) -> None:
    """Check that a file for a network called by its name does not bring an architecture of its own.

    Raises:
        ExplorerError: it does.
    """
    if word := word_of_content(path):
        raise ExplorerError(
            f"{path} is of {SELF_DESCRIBING[word]} and brings its own architecture, so {name} is not needed; leave --backbone out, or give --backbone {word}."
        )
