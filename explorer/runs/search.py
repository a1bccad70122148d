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
        ExplorerError: nothing is asked, or nothing fits.
    """
    asked = words.strip().casefold()
    if not asked:
        raise ExplorerError("Nothing is asked; give a class, a tag, or a part of a note or file name.")
    names = [name.casefold() for name in run.class_names]
    if asked in names:
        return np.flatnonzero(run.train_labels == names.index(asked))
    known = edit_log.state(run.data_digest)
    found = [row for row in range(len(run.train_labels)) if any(_fits(run, known, row, asked))]
    if not found:
        classes = ", ".join(run.class_names[:10])
        raise ExplorerError(
            f"No training image fits {words.strip()[:40]!r}; give a class ({classes}), a tag, or a part of a note or file name."
        )
    return np.array(found)


def _fits(run: Run, known: edit_log.State, row: int, asked: str) -> Iterator[bool]:
    picture = run.picture_row("train", row)
    yield asked in map(str.casefold, known.tags.get(picture, ()))
    yield asked in known.notes.get(picture, "").casefold()
    yield asked in run.kind("train", row).casefold()
    yield asked in file_of(run, "train", picture).casefold()
