"""What reading a pickle makes: plain values, records of tensors, and stand-ins for everything else, none of which can run."""

from dataclasses import dataclass
from typing import Any

# Bytes of one number by the name of its type, as torch names both; others are no plain numbers.
ITEM_BYTES = {
    "float64": 8,
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
    "int64": 8,
    "int32": 4,
    "int16": 2,
    "int8": 1,
    "uint8": 1,
    "bool": 1,
    "complex64": 8,
    "complex128": 16,
}
# Most dimensions of a tensor, and most numbers in a storage: more is a trap.
DIMENSIONS, NUMBERS = 16, 2**40


class MalformedError(ValueError):
    """A pickle is damaged or asks for more than is allowed."""


@dataclass(frozen=True, eq=False)
class Named:
    """The name of a class or function in a pickle; it is never looked up."""

    name: str


@dataclass(eq=False, slots=True)
class Inert:
    """A stand-in for an object: what it was made of, as plain values; nothing of it was run.

    Attributes:
        name: of its class or of the function that would have made it; empty where that is unknown.
        state: what its class would have been given to restore it.
        items: what was put into it by keys; None where nothing was.
    """

    name: str = ""
    state: Any = None
    items: dict[Any, Any] | None = None


@dataclass(frozen=True, eq=False)
class Storage:
    """A block of numbers, which lies elsewhere in the file.

    Attributes:
        key: its name in the file.
        kind: type of its numbers, a key of :data:`ITEM_BYTES`; ``"bytes"`` where its tensors say it.
        count: of its numbers.
        content: the bytes themselves, where they stand in the pickle.
    """

    key: str
    kind: str
    count: int
    content: bytes | None = None


@dataclass(frozen=True, eq=False)
class TensorRecord:
    """A tensor that was not read yet: a view of a storage, checked to stay inside it. Sizes and strides count numbers."""

    storage: Storage
    kind: str
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.size) != len(self.stride) or len(self.size) > DIMENSIONS:
            raise MalformedError("a tensor has sizes that are none")
        if not all(map(_count, (*self.size, *self.stride, self.offset))):
            raise MalformedError("a tensor has sizes that are none")
        last = self.offset + sum((size - 1) * step for size, step in zip(self.size, self.stride, strict=True))
        if 0 not in self.size and last >= self.numbers:
            raise MalformedError("a tensor reaches beyond its numbers")

    @property
    def shape(self) -> tuple[int, ...]:
        """Its sizes, under the name that tensors have for them."""
        return self.size

    @property
    def numbers(self) -> int:
        """How many numbers of the tensor's type the storage has."""
        if self.storage.kind == "bytes":
            return self.storage.count // ITEM_BYTES[self.kind]
        return self.storage.count


@dataclass(frozen=True, eq=False)
class OddTensor:
    """A tensor that is not made of plain numbers: sparse, quantised, without content."""

    name: str


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= NUMBERS * 2**20
