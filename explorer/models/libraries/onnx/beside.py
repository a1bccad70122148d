"""Who made an ONNX file: Ultralytics, or what lies beside it, where it was made of a folder of Hugging Face, timm or open_clip."""

import contextlib

from explorer.core.errors import ExplorerError
from explorer.models.custom.ultralytics import by_ultralytics
from explorer.models.libraries.beside import folder_classes, folder_notes, folder_preparation, known_preparation
from explorer.models.libraries.onnx.file import words_of
from explorer.models.preparation.preparation import Preparation


def preparation_beside(path: str) -> Preparation | None:
    """Return how Ultralytics, or the settings beside an ONNX file, give pictures to it; None where neither does, or none that is known here."""
    with contextlib.suppress(ExplorerError):  # a file that cannot be read is told where it is opened
        made = by_ultralytics(words_of(path))
        return made.preparation() if made else folder_preparation(path)
    return None


def prepared_beside(path: str, white: float | None = None, given: Preparation | None = None) -> tuple[str, ...]:
    """Return sentences on Ultralytics, or the settings beside an ONNX file; none where there is neither.

    Args:
        path: of the file.
        white: the value of white in the pixels that its graph normalises itself; None where it does not.
        given: how its pictures are prepared; None where that is as the settings say.
    """
    if made := by_ultralytics(words_of(path)):
        return (made.note,)
    notes, settings = folder_notes(path, given), known_preparation(path)
    way = given or settings
    if white is None or settings is None or way is None or (set(way.mean), set(way.std)) == ({0.0}, {1.0}):
        return notes
    option = "--white 255 " if white > 1 else ""
    return (
        *notes,
        f"Its graph normalises its pictures, too, so that they are normalised twice: add {option}--mean 0 --std 1.",
    )


def classes_beside(path: str) -> tuple[str, ...]:
    """Return the names of the outputs that an ONNX file or the configuration beside it gives; none where neither does."""
    made = by_ultralytics(words_of(path))
    return made.names if made else folder_classes(path)
