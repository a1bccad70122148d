"""What a search field finds among training images: by number, class, tag, note or file name."""

import numpy as np

from explorer.app.components.search_field.search_field import search_words
from explorer.core.errors import ExplorerError
from explorer.runs.run import Run
from explorer.runs.search import search

# Of so many things a person sees at a glance whether one is among them.
FEW = 20
HINT = "Number, class, tag, note or file name, then Enter"
NOTHING = "Nothing here fits what you search for. Empty the search field to see everything."


def found_images(run: Run, asked: str | None = None) -> np.ndarray | None:
    """Return the training images ``(k,)`` that some words mean, ascending; None where there are none.

    Args:
        run: whose images are searched.
        asked: the words; those of the address where None.
    """
    words = search_words() if asked is None else asked
    if not words:
        return None
    number = [int(words)] if words.isascii() and words.isdigit() and int(words) < len(run.train_labels) else []
    try:
        return np.union1d(search(run, words), number).astype(np.int64)
    except ExplorerError:
        return np.array(number, dtype=np.int64)
