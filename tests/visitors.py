"""A run's own picture as one that a person brings."""

from hostile import encoded

TEST = 3


def stored(run, side, index):
    """The bytes of a run's picture, as a person would save it."""
    return encoded(run.dataset.split(side).pictures[run.picture_row(side, index)])
