"""Reader of what ``torch.save`` writes, both forms: the zip since PyTorch 1.6, and pickles followed by blocks of numbers.

Nothing of the file is looked up, imported or called (:mod:`~explorer.models.custom.files.pickle_reader`). Numbers are read
where a tensor is wanted, and a storage once for all tensors that share it.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from explorer.models.custom.files.inert import ITEM_BYTES, MalformedError, Storage, TensorRecord
from explorer.models.custom.files.pickle_reader import read_head, read_pickle

# Bytes of a pickle: the tensors lie outside it, and the largest networks with their optimisers have some megabytes.
PICKLE = 64 * 2**20
LONG = "its pickle is too long: the numbers stand in it, as NumPy's arrays do; save tensors"


@dataclass(eq=False)
class TorchFile:
    """An opened file of ``torch.save``.

    Attributes:
        content: what was saved, as plain values, records and stand-ins.
        block: returns the bytes of a storage, of which there are so many.
    """

    content: Any
    block: Callable[[Storage, int], bytes]
    _read: dict[str, Tensor] = field(default_factory=dict)

    def tensor(self, record: TensorRecord) -> Tensor:
        """Return the tensor of a record.

        Raises:
            MalformedError: its numbers are not in the file.
        """
        kind = getattr(torch, record.kind)
        numbers = self._numbers(record.storage).view(kind)
        return numbers.as_strided(record.size, record.stride, record.offset)

    def _numbers(self, storage: Storage) -> Tensor:
        """Return the bytes of a storage, ``uint8``."""
        if storage.key not in self._read:
            wanted = storage.count * ITEM_BYTES.get(storage.kind, 1)
            content = self.block(storage, wanted) if wanted else b""
            if len(content) != wanted:
                raise MalformedError("the numbers of a tensor are cut short")
            self._read[storage.key] = torch.frombuffer(bytearray(content), dtype=torch.uint8) if wanted else _NONE
        held = self._read[storage.key]
        if len(held) != storage.count * ITEM_BYTES.get(storage.kind, 1):
            raise MalformedError("two tensors say different things of the same numbers")
        return held


_NONE = torch.empty(0, dtype=torch.uint8)


def read_zip(path: Path) -> TorchFile:
    """Return the content of the newer form, a zip whose members are not packed.

    Raises:
        MalformedError: its pickle is damaged or too long.
    """
    with zipfile.ZipFile(path) as archive:
        members = {entry.filename: entry for entry in archive.infolist()}
        if sum(entry.file_size for entry in members.values()) > path.stat().st_size:
            raise MalformedError("its parts overlap")
        found = [name for name in members if name.rsplit("/", 1)[-1] == "data.pkl"]
        if len(found) != 1 or len(members) != len(archive.infolist()):
            raise MalformedError("one of its parts is there twice")
        [name] = found
        if members[name].file_size > PICKLE:
            raise MalformedError(LONG)
        folder = name.removesuffix("data.pkl")
        if f"{folder}byteorder" in members and archive.read(f"{folder}byteorder") != b"little":
            raise MalformedError("it was written on a machine that turns numbers around")
        content = read_pickle(io.BytesIO(archive.read(name)))

    again = cache(lambda: zipfile.ZipFile(path))  # opened once for all tensors: its directory is long

    def block(storage: Storage, wanted: int) -> bytes:
        if storage.content is not None:
            return _inside(storage, wanted)
        member = members.get(f"{folder}data/{storage.key}")
        if member is None or member.file_size < wanted:
            raise MalformedError("the numbers of a tensor are missing")
        with again().open(member) as stream:
            return stream.read(wanted)

    return TorchFile(content, block)


def read_pickles(path: Path) -> TorchFile:
    """Return the content of the older form, pickles followed by each storage's count and numbers; or of a single pickle.

    Raises:
        MalformedError: it is neither.
    """
    with path.open("rb") as file:
        head = io.BytesIO(file.read(PICKLE))
    storages: dict[str, Storage] = {}
    try:
        older = read_head(head)
    except MalformedError as error:
        if path.stat().st_size <= PICKLE or head.tell() < PICKLE:
            raise
        raise MalformedError(LONG) from error
    if not older:
        head.seek(0)
        return TorchFile(read_pickle(head), _inside)
    content, keys = read_pickle(head, storages), read_pickle(head)
    places = _places(path, head.tell(), keys, storages)

    def block(storage: Storage, wanted: int) -> bytes:
        if storage.content is not None or storage.key not in places:
            return _inside(storage, wanted)
        with path.open("rb") as file:
            file.seek(places[storage.key])
            return file.read(wanted)

    return TorchFile(content, block)


def _inside(storage: Storage, wanted: int) -> bytes:
    """Return the numbers of a storage that stand in the pickle itself."""
    return (storage.content or b"")[:wanted]


def _places(path: Path, start: int, keys: Any, storages: dict[str, Storage]) -> dict[str, int]:
    """Return where in the file the numbers of each storage begin; before each stands their count, eight bytes.

    Raises:
        MalformedError: a storage is not described, or has another length than its tensors say.
    """
    places, at, size = {}, start, path.stat().st_size
    with path.open("rb") as file:
        for key in keys if isinstance(keys, list) else []:
            file.seek(at)
            count = int.from_bytes(file.read(8), "little")
            if not isinstance(key, str) or key not in storages or count != storages[key].count:
                raise MalformedError("the numbers of a tensor are cut short")
            places[key] = at + 8
            at += 8 + count * ITEM_BYTES.get(storages[key].kind, 1)
            if at > size:
                raise MalformedError("the numbers of a tensor are cut short")
    return places
