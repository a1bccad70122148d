"""Sequences of a million short texts without a million objects: names as one block of bytes, content ids as numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np


@dataclass(frozen=True, eq=False)
class Texts(Sequence[str]):
    """Texts one behind the other in UTF-8; names of files may hold any bytes.

    Attributes:
        content: all bytes, uint8.
        ends: ``(n + 1,)`` int64, where each begins and, last, the whole ends.
    """

    content: np.ndarray
    ends: np.ndarray

    @staticmethod
    def of(texts: Iterable[str]) -> "Texts":
        """Return some texts, packed."""
        if isinstance(texts, Texts):
            return texts
        encoded = [text.encode("utf-8", "surrogateescape") for text in texts]
        ends = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)), out=ends[1:])
        return Texts(np.frombuffer(b"".join(encoded), dtype=np.uint8), ends)

    def __len__(self) -> int:
        return len(self.ends) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "Texts": ...
    def __getitem__(self, index: int | slice) -> "str | Texts":
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        place = range(len(self))[index]
        return self.content[self.ends[place] : self.ends[place + 1]].tobytes().decode("utf-8", "surrogateescape")

    def take(self, rows: np.ndarray) -> "Texts":
        """Return some of them, by row."""
        lengths = np.diff(self.ends)[rows]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        # where each byte comes from: its place in its own text, behind that text's beginning
        places = np.arange(ends[-1]) + np.repeat(self.ends[rows] - ends[:-1], lengths)
        return Texts(self.content[places], ends)


@dataclass(frozen=True, eq=False)
class Hashes(Sequence[str]):
    """Content ids, each a text of 16 hexadecimal digits; as numbers they take 8 bytes.

    Attributes:
        numbers: ``(n,)`` uint64.
    """

    numbers: np.ndarray

    @staticmethod
    def of(ids: Iterable[str]) -> "Hashes":
        """Return some ids, packed."""
        if isinstance(ids, Hashes):
            return ids
        return Hashes(np.array([int(each, 16) for each in ids], dtype=np.uint64))

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "Hashes": ...
    def __getitem__(self, index: int | slice) -> "str | Hashes":
        if isinstance(index, slice):
            return Hashes(self.numbers[index])
        return f"{int(self.numbers[index]):016x}"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Hashes):
            return np.array_equal(self.numbers, other.numbers)
        return isinstance(other, list | tuple) and list(self) == list(other)

    def take(self, rows: np.ndarray) -> "Hashes":
        """Return some of them, by row."""
        return Hashes(self.numbers[rows])
