"""Search for training images by class, tag, note, kind of picture or file name."""

from collections.abc import Iterator

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.runs.edits import edit_log
from explorer.runs.edits.exchange import file_of
from explorer.runs.run import Run


def search(run: Run, words: str) -> np.ndarray:
    """Return the training images ``(k,)`` about which the words say something, ascending; case does not matter.

    The name of a class means its images and no others; a tag must be said whole; of notes, kinds and file names a part is
    enough.

    Raises:
        ExplorerError: the text is empty, or nothing fits.
    """
    text = words.strip().casefold()
    if not text:
        raise ExplorerError("Nothing is asked; give a class, a tag, or a part of a note or file name.")
    names = [name.casefold() for name in run.class_names]
    if text in names:
        return np.flatnonzero(run.train_labels == names.index(text))
    state = edit_log.state(run.data_digest)
    matches = [row for row in range(len(run.train_labels)) if any(_fits(run, state, row, text))]
    if not matches:
        classes = ", ".join(run.class_names[:10])
        raise ExplorerError(
            f"No training image fits {words.strip()[:40]!r}; give a class ({classes}), a tag, or a part of a note or file name."
        )
    return np.array(matches)


def _fits(run: Run, state: edit_log.State, row: int, text: str) -> Iterator[bool]:
    picture = run.picture_row("train", row)
    yield text in map(str.casefold, state.tags.get(picture, ()))
    yield text in state.notes.get(picture, "").casefold()
    yield text in run.kind("train", row).casefold()
    yield text in file_of(run, "train", picture).casefold()
