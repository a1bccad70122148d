"""WebDataset shards: tar files in which a picture and its label are neighbours that share a key (Aizman et al. 2019)."""

import os
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, repeat
from pathlib import Path
from typing import Any, ClassVar

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.assembly import Listing, assemble
from explorer.datasets.base import Dataset
from explorer.datasets.choices import NO_CHOICES, Choices, Offer, UnclearError
from explorer.datasets.file_tree import printable
from explorer.datasets.picture import ENDINGS
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.containers.files import files_below, holds_pictures
from explorer.datasets.readers.containers.index import IndexedStore, PictureIndex, listing_of
from explorer.datasets.readers.containers.scan import BATCH, Batch, indexed
from explorer.datasets.readers.containers.shard_labels import (
    MOST_LABEL,
    SAYS,
    STANDS,
    label_and_place,
    label_doubts,
    label_ending,
    label_of,
    named_columns,
    offer,
    rivals,
)
from explorer.datasets.readers.containers.sides import side_of
from explorer.datasets.readers.containers.tar_members import Member, grouped, mapped, member

PICTURES = frozenset(ending[1:] for ending in ENDINGS) | {"jp2", "avif", "jfif", "ppm", "pgm", "pnm"}
# Members that are looked at to tell a shard from an archive of class folders.
PEEKED = 200
# Members by which the kinds of labels are known that a person can choose from.
LOOKED = 2000
# Files that name the classes, one a line.
CLASS_FILES = ("classes.txt", "labels.txt", "classnames.txt", "class_names.txt")
SHARDS = (".tar", ".tar.gz", ".tgz")
# Texts that are all different are captions.
MOST_TEXTS = 20


def is_shard(path: Path) -> bool:
    """Return whether a tar file is a shard: among its first members is a label beside a picture of the same key."""
    try:
        with tarfile.open(path, "r:*") as archive:
            infos = [info for _, info in zip(range(PEEKED), archive, strict=False) if info.isreg()]
            beside: dict[str, dict[str, bytes]] = {}
            for info in infos:
                one = member(info)
                wanted = one.ending == "json" and info.size <= MOST_LABEL
                stream = archive.extractfile(info) if wanted else None
                beside.setdefault(one.key, {})[one.ending] = stream.read() if stream else b""
    except (tarfile.TarError, OSError, ValueError, EOFError, zlib.error):
        return False
    pictures = {key: texts for key, texts in beside.items() if PICTURES & {end.rpartition(".")[2] for end in texts}}
    endings = {label_ending(texts) for texts in pictures.values()} - {""}
    if endings - {"txt", "json"}:
        return True
    return bool(endings) and (not _class_folders({*pictures}) or ("json" in endings and _across_folders(pictures)))


def _has_picture(path: Path) -> bool:
    """Return whether one of a tar file's first members is a picture; also where the file cannot be read."""
    try:
        with tarfile.open(path, "r:*") as archive:
            return any(member(info).ending.rpartition(".")[2] in PICTURES for info in islice(archive, PEEKED))
    except (tarfile.TarError, OSError, ValueError, EOFError, zlib.error):
        return True


def _class_folders(keys: set[str]) -> bool:
    """Return whether pictures lie in several folders, as in an archive of class folders."""
    return len({key.rpartition("/")[0] for key in keys}) > 1


def _across_folders(beside: Mapping[str, Mapping[str, bytes]]) -> bool:
    """Return whether the labels in JSON members differ within a folder, whose name is no class then."""
    found: dict[str, set[str]] = {}
    for key, texts in beside.items():
        found.setdefault(key.rpartition("/")[0], set()).add(label_of(texts))
    return any(len(labels - {""}) > 1 for labels in found.values())


@dataclass(frozen=True, eq=False)
class Shards:
    """Shards that hold one data set.

    Attributes:
        paths: the tar files, sorted.
        root: the folder that they lie in.
        name: of the data set; ``title`` is the one on the screen.
        choices: of a person: which member, or key of a JSON member, is the label.
    """

    paths: Sequence[Path]
    root: Path
    name: str
    title: str
    choices: Choices = NO_CHOICES
    chooses: ClassVar[frozenset[str]] = frozenset(("label",))

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: a shard is damaged, or holds no labels.
        """
        if packed := [path for path in self.paths if not path.name.lower().endswith(".tar")]:
            raise ExplorerError(
                f"{packed[0]} is a compressed shard of pictures with labels, in which no picture can be reached by itself; decompress it (gunzip) and give the .tar."
            )
        sides = [side_of(path.relative_to(self.root).as_posix()) for path in self.paths]
        count = sum(path.stat().st_size for path in self.paths) // 2048
        scan = _Scan(self, sides)
        offered = offer(scan.beside(), self.choices.label)
        others = () if self.choices.label else rivals(offered)
        kind = f"webdataset 4 {sides} {others}{self.choices.written}"
        found = indexed(kind, self.paths, count, replace(scan, others=others), progress)
        named, doubts = named_columns(found.columns, _class_names(self.root), others)
        index = PictureIndex(named)
        doubts += _several(index.columns["name"])
        _check_labels(self.name, index.columns["label"], [offered])
        doubts += [] if self.choices.label else label_doubts(index.columns, offered.taken, others)
        origins = {side: f"shards such as {path.name}" for path, side in zip(self.paths, sides, strict=True)}
        listing = Listing(
            self.name,
            self.title,
            self.root,
            [],
            [],
            layout="WebDataset shards, pictures and labels by key",
            doubts=doubts,
            store=IndexedStore(index, TarReader(tuple(self.paths))),
            offers=[offered],
        )
        return assemble(listing_of(index, listing, origins), progress)


@dataclass(frozen=True)
class ShardFolder(DatasetFolder):
    """A folder of shards."""

    chooses = Shards.chooses

    def matches(self) -> bool:
        """Return whether the first tar file that holds a picture is a shard."""
        first = next(filter(_has_picture, self.files), None)
        return first is not None and is_shard(first) and not holds_pictures(self.path)

    def open(self, progress: Progress) -> Dataset:
        """Return the data set; raises as :meth:`Shards.open`."""
        name, title = self.name or str(self.path), self.title or self.path.name
        return Shards(self.files, self.path, name, title, self.choices).open(progress)

    @cached_property
    def files(self) -> list[Path]:
        """The tar files, sorted."""
        return files_below(self.path, SHARDS)


def shard_file(path: Path, title: str) -> Shards:
    """Return the reader of one shard."""
    real = Path(os.path.realpath(path))
    return Shards([real], real.parent, str(real), title)


@dataclass(frozen=True)
class TarReader:
    """Members of tar files, by offset and size."""

    paths: tuple[Path, ...]

    def content(self, file: int, place: int, size: int, name: str) -> bytes:
        """Return the bytes of a member."""
        return bytes(mapped(self.paths[file])[place : place + size])


@dataclass(frozen=True, eq=False)
class _Scan:
    """The pictures of some shards, each with the label of its key, and what other places beside it say."""

    shards: Shards
    sides: Sequence[str]
    others: Sequence[str] = ()

    def __call__(self, number: int) -> Iterator[Batch]:
        """Yield the pictures of a shard."""
        path = self.shards.paths[number]
        content, rows = mapped(path), self._rows(path)
        while some := list(islice(rows, BATCH)):
            names, places, sizes, *labels = zip(*some, strict=True)
            contents = [content[place : place + size] for place, size in zip(places, sizes, strict=True)]
            more = dict(zip((STANDS, *map(SAYS.format, self.others)), labels[1:], strict=True))
            yield Batch(number, self.sides[number], names, labels[0], places, sizes, contents, more)

    def _rows(self, path: Path) -> Iterator[tuple[Any, ...]]:
        """Yield name, offset and size of each picture in a shard, its label, where that stands, and what the other places say."""
        stem, content = path.relative_to(self.shards.root).with_suffix("").as_posix(), mapped(path)
        for key, members in grouped(path).items():
            labels = self._labels(_texts(members, content))
            pictures = [one for one in members if one.ending.rpartition(".")[2] in PICTURES]
            main = _main(pictures)
            for one in pictures:
                if one in main:
                    yield printable(f"{stem}/{key}.{one.ending}"), one.offset, one.size, *labels

    def beside(self) -> Iterator[dict[str, bytes]]:
        """Yield what stands beside some pictures of the first, the middle and the last shard."""
        paths = self.shards.paths
        for path in dict.fromkeys((paths[0], paths[len(paths) // 2], paths[-1])):
            found: dict[str, list[Member]] = {}
            with tarfile.open(path, "r:") as archive:
                for info in islice(archive, LOOKED):
                    if info.isreg() and not info.issparse():
                        found.setdefault(member(info).key, []).append(member(info))
            yield from (_texts(members, mapped(path)) for members in found.values())

    def _labels(self, texts: Mapping[str, bytes]) -> tuple[str, ...]:
        """Return the label of a picture, where it stands, and what the other places say."""
        chosen = self.shards.choices.label
        label, place = (label_of(texts, chosen), chosen) if chosen else label_and_place(texts)
        others = (label_of(texts, other) for other in self.others)
        return (_known(label), place, *map(_known, others))


def _known(label: str) -> str:
    """Return a label; empty where it is the number of none."""
    return "" if label == "-1" else label


def _texts(members: Sequence[Member], content: memoryview) -> dict[str, bytes]:
    """Return the members of a key that may hold a label, by their endings; of two of one ending the first."""
    known = [one for one in members if one.size <= MOST_LABEL and one.ending.rpartition(".")[2] not in PICTURES]
    return {one.ending: bytes(content[one.offset : one.offset + one.size]) for one in reversed(known)}


def _main(pictures: Sequence[Member]) -> Sequence[Member]:
    """Return which of the pictures of a key the label is of: the only plain one beside ``seg.png`` and the like, else all."""
    plain = [
        one for one in pictures if "." not in one.ending or one.ending.partition(".")[0] in ("image", "img", "input")
    ]
    return plain if len(plain) == 1 else pictures


def _several(names: Sequence[str]) -> list[str]:
    """Return a doubt where a key has several pictures, which may be views, or masks."""
    ending = names[0][names[0].rfind(".") :] if names else ""
    if "".join(names).count(".") == len(names) and all(map(str.endswith, names, repeat(ending))):
        return []  # names differ in nothing but their keys: usual, and quicker than taking each apart
    keys = {f"{name.rpartition('/')[0]}/{name.rpartition('/')[2].partition('.')[0]}" for name in names}
    if len(keys) == len(names):
        return []
    return [
        f"{len(names):,} pictures have {len(keys):,} keys, so some keys hold several, such as {names[0]}; "
        "each is taken with the label of its key: write shards of one picture a key if they are views or masks."
    ]


def _class_names(root: Path) -> list[str]:
    """Return the classes' names in a file beside the shards, one a line; empty where there is none."""
    for name in CLASS_FILES:
        if (root / name).is_file() and (root / name).stat().st_size <= MOST_LABEL * 16:
            return [line.strip() for line in (root / name).read_text("utf-8", "replace").splitlines() if line.strip()]
    return []


def _check_labels(name: str, labels: Sequence[str], offers: Sequence[Offer]) -> None:
    """Raise where the labels are none, or captions.

    Raises:
        ExplorerError: they are.
    """
    given = [label for label in labels if label]
    if not given:
        raise UnclearError(
            f"{name} holds pictures without labels; give shards with a .cls beside each picture that holds a number or a name as text.",
            offers,
        )
    if len(set(given)) > max(MOST_TEXTS, len(given) // 2):
        raise UnclearError(
            f"{name} holds {len(set(given)):,} different texts for {len(given):,} pictures, which are captions and no classes; give shards with a .cls beside each picture.",
            offers,
        )
