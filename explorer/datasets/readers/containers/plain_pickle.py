"""Pickles of plain data (dictionaries, lists, texts, numbers, arrays), read without running anything.

Python's reader of pickles calls what a file names. Here its names are looked up in a table of four, whose entries only keep
what they are given; any other name, and every operation that data do not need, is refused before the file is read.
"""

import io
import pickle
import pickletools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core.errors import ExplorerError

# The operations that plain data need; what calls, extends or imports otherwise is not among them.
_ALLOWED = (
    "PROTO FRAME STOP MARK POP POP_MARK DUP EMPTY_DICT DICT SETITEM SETITEMS EMPTY_LIST LIST APPEND APPENDS "
    "EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4 "
    "FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8 BINUNICODE "
    "SHORT_BINUNICODE BINUNICODE8 UNICODE PUT BINPUT LONG_BINPUT MEMOIZE GET BINGET LONG_BINGET GLOBAL "
    "STACK_GLOBAL REDUCE BUILD"
)
ALLOWED = frozenset(_ALLOWED.split())
# A batch of CIFAR-100 has some 150,000 operations.
MOST_OPERATIONS = 5_000_000
MOST_BYTES = 512 * 2**20
KINDS = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8", "b1")


@dataclass(eq=False)
class _Kind:
    """The name of a kind of number, such as ``u1``."""

    name: str = ""

    def __setstate__(self, state: object) -> None:
        """Keep nothing: byte order and the like do not matter for the kinds that are read."""


@dataclass(eq=False)
class _Array:
    """An array as its pickle states it: version, shape, kind, order and bytes."""

    state: tuple[Any, ...] = field(default=())

    def __setstate__(self, state: object) -> None:
        """Keep the state."""
        self.state = state if isinstance(state, tuple) else ()


def _new_array(*_: object) -> _Array:
    return _Array()


def _new_kind(name: object = "", *_: object) -> _Kind:
    return _Kind(name.decode("latin-1") if isinstance(name, bytes) else str(name)[:8])


def _encoded(text: object = "", *_: object) -> bytes:
    return str(text).encode("latin-1", "replace")  # how Python 3 writes bytes for Python 2


KNOWN = {
    ("numpy.core.multiarray", "_reconstruct"): _new_array,
    ("numpy._core.multiarray", "_reconstruct"): _new_array,
    ("numpy", "ndarray"): _new_array,
    ("numpy", "dtype"): _new_kind,
    ("_codecs", "encode"): _encoded,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in for a name; none other than those in ``KNOWN`` is ever looked up."""
        try:
            return KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it names {module}.{name}") from None


def plain_pickle(path: Path) -> Any:
    """Return the data in a pickle; texts of Python 2 are bytes, arrays are NumPy's.

    Raises:
        ExplorerError: it is damaged, too large, or holds anything but plain data.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ExplorerError(f"{path} has more than {MOST_BYTES // 2**20} MB; give smaller batches.")
        content = path.read_bytes()
        _check(content)
        return _plain(_Reader(io.BytesIO(content), encoding="bytes").load())
    except ExplorerError:
        raise
    except Exception as error:  # a damaged pickle may stop the reader anywhere; what is read is never run
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
        raise ExplorerError(
            f"{path} is no pickle of plain data ({reason}), so it was not read; save the pictures as files or .npz."
        ) from error


def _check(content: bytes) -> None:
    """Raise where a pickle holds an operation that data do not need, or a place in the memo far beyond its end.

    Raises:
        ValueError: it does.
    """
    for number, (operation, argument, _) in enumerate(pickletools.genops(content)):
        if operation.name not in ALLOWED or number > MOST_OPERATIONS:
            raise ValueError(
                f"it holds the operation {operation.name}" if number <= MOST_OPERATIONS else "it is too long"
            )
        if operation.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(argument or 0) > number + 1:
            raise ValueError("its memo is not in order")


def _plain(value: Any, depth: int = 0) -> Any:
    """Return data with NumPy arrays in the place of their stand-ins."""
    if depth > 8:
        raise ValueError("it is nested too deeply")
    if isinstance(value, dict):
        return {key: _plain(each, depth + 1) for key, each in value.items() if isinstance(key, str | bytes | int)}
    if isinstance(value, _Array):
        return _array(*value.state)
    if isinstance(value, list | tuple) and any(isinstance(each, dict | list | tuple | _Array) for each in value):
        return [_plain(each, depth + 1) for each in value]
    return value


def _array(version: int, shape: tuple[int, ...], kind: _Kind, fortran: bool, content: bytes) -> np.ndarray:
    """Return an array after checking that its bytes are as many as its shape claims.

    Raises:
        ValueError: they are not, or it holds objects.
    """
    name = kind.name.lstrip("<>|=")
    if (
        name not in KINDS
        or not isinstance(content, bytes)
        or not all(isinstance(side, int) and side >= 0 for side in shape)
    ):
        raise ValueError("it holds an array of something else than numbers")
    flat = np.frombuffer(content, dtype=name)
    if len(flat) != int(np.prod(shape, dtype=object)):
        raise ValueError("an array has another size than it claims")
    return flat.reshape(shape, order="F" if fortran else "C")
