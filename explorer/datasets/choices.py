"""Choices of a person about how data are read, written behind a path: ``birds?label=species&test=3``."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from explorer.core.errors import ExplorerError

MARK, BETWEEN = "?", "&"


@dataclass(frozen=True)
class Choices:
    """How data are to be read, where the usual way is not meant; an empty text leaves the choice to the reader.

    Attributes:
        path: the column of a list that names pictures; ``label`` that of labels, ``split`` that of sides.
        test: the value in the column of sides whose lines are for testing.
        folder: the folder below the given one that holds the data.
        classes: where labels come from: ``folders``, folders ``inner`` to those, ``list`` or ``names`` of the files.
    """

    path: str = ""
    label: str = ""
    split: str = ""
    test: str = ""
    folder: str = ""
    classes: str = ""

    @property
    def given(self) -> dict[str, str]:
        """The choices that were made, by their keys."""
        return {key: value for key in KEYS if (value := getattr(self, key))}

    @property
    def about_columns(self) -> frozenset[str]:
        """The keys of those that are about columns of a list or table."""
        return frozenset(self.given) & {"path", "label", "split", "test"}

    @property
    def columns(self) -> str:
        """The choices that are about columns of a list, as they are written; empty where there are none."""
        return BETWEEN.join(
            f"{key}={value}" for key in ("path", "label", "split", "test") if (value := getattr(self, key))
        )

    @property
    def written(self) -> str:
        """All choices as they stand behind a path, with the mark before them; empty where there are none."""
        words = [f"{key}={value}" for key, value in self.given.items()]
        return MARK + BETWEEN.join(words) if words else ""


@dataclass(frozen=True)
class Offer:
    """What a person may choose where a reading is not the only possible one.

    Attributes:
        key: of the choice, one of :data:`KEYS`.
        values: what can be chosen, each with words about it, such as ``"3 values: cat, dog, fox"``.
        taken: the value that is read; empty where none is.
        tests: for columns of sides: the values of each, of which one can be the part for testing.
    """

    key: str
    values: Mapping[str, str]
    taken: str = ""
    tests: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether there is anything else to choose than what is read."""
        return bool({*self.values} - {self.taken})

    def to_dict(self) -> dict[str, Any]:
        """Return the offer as JSON values; ``tests`` only where there are any."""
        found = {"key": self.key, "taken": self.taken, "values": dict(self.values)}
        return found | ({"tests": {name: list(values) for name, values in self.tests.items()}} if self.tests else {})


class UnclearError(ExplorerError):
    """Data that cannot be read before a person chooses; ``offers`` are what there is to choose."""

    def __init__(self, sentence: str, offers: Sequence[Offer]) -> None:
        super().__init__(sentence)
        self.offers = tuple(offer for offer in offers if offer.open)


NO_CHOICES = Choices()
KEYS = tuple(field.name for field in fields(Choices))
SOURCES_OF_CLASSES = ("folders", "inner", "list", "names")


def parted(name: str) -> tuple[str, Choices]:
    """Return the path in a data set's name, and the choices behind it; a path that exists as it stands has none.

    Raises:
        ExplorerError: a choice has no value, or another key than those of :class:`Choices`.
    """
    path, mark, words = name.rpartition(MARK)
    if not mark or os.path.lexists(os.path.expanduser(name)):
        return name, NO_CHOICES
    pairs = dict(_pair(word) for word in words.split(BETWEEN) if word)
    if pairs.get("classes", "folders") not in SOURCES_OF_CLASSES:
        raise ExplorerError(f"classes={pairs['classes']} names nothing; give one of {', '.join(SOURCES_OF_CLASSES)}.")
    return path, Choices(**pairs)


def joined(name: str, words: list[str]) -> str:
    """Return a data set's name with choices such as ``"label=species"`` behind it.

    Raises:
        ExplorerError: as :func:`parted`.
    """
    if not words:
        return name
    pairs = [_pair(word) for word in words]
    mark = BETWEEN if parted(name)[1] != NO_CHOICES else MARK
    return name + mark + BETWEEN.join(f"{key}={value}" for key, value in pairs)


def _pair(word: str) -> tuple[str, str]:
    key, _, value = word.partition("=")
    if key not in KEYS or not value or BETWEEN in value or MARK in value:
        raise ExplorerError(
            f"{word!r} is no choice of how data are read; give KEY=VALUE with one of {', '.join(KEYS)}."
        )
    return key, value
