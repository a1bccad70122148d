"""Listing of the image files below a folder, in a fixed order; links that lead outside are not followed."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from explorer.core import home
from explorer.core.checksums import digest, read_manifest, write_manifest
from explorer.core.errors import DamagedError, ExplorerError
from explorer.datasets.base import Skipped
from explorer.datasets.content import picture_format
from explorer.datasets.doubts.folder_names import is_hidden
from explorer.datasets.picture import ENDINGS, HEIC

# Names and content ids of so many take a few gigabytes of memory; more are a disk that was named by mistake, or made to keep a computer busy.
MOST_FILES = 20_000_000
SAVE = "save it as PNG or JPEG"
# Formats of images that are not read, and what to do: a person is told about such files, but not about texts or lists.
CAMERAS = ".raw .nef .cr2 .cr3 .arw .orf .rw2 .dng"
OTHERS = ".svg .ico .pdf .psd .tga .eps .apng .exr .hdr .fits .bpg .wmf"
FOREIGN = dict.fromkeys([*CAMERAS.split(), *OTHERS.split()], SAVE)
if HEIC[0] not in ENDINGS:
    FOREIGN |= dict.fromkeys(HEIC, f"pip install 'influence-explorer[heif]' reads it, or {SAVE}")
FOREIGN[".jxl"] = "JPEG XL has to be saved as PNG or JPEG"
FOREIGN |= dict.fromkeys(
    (".dcm", ".dicom", ".nii", ".mha"), "save its picture as PNG, in the brightness that you look at"
)
FOREIGN |= dict.fromkeys((".mp4", ".mov", ".avi", ".mkv", ".webm"), "save single pictures of the film")
# Folders beside the data that a person may link to, colon between them: an ImageFolder made of links is a common thing.
LINKS = "EXPLORER_LINKS"


@dataclass(eq=False)
class _Scan:
    """What lies directly in one folder: real folders, links to folders, pictures, what cannot be used, names of other files."""

    folders: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


@dataclass(eq=False)
class FileTree:
    """The files below a folder, with those that cannot be used; each folder is read once.

    Attributes:
        root: the folder, all links resolved; nothing outside it is read except folders that ``EXPLORER_LINKS`` names.
        skipped: the files that cannot be used, with the reason.
        left_out: hidden folders and those of systems, which were met and not read, with their numbers of pictures.
        seen: number of entries listed so far.
    """

    root: Path
    skipped: list[Skipped] = field(default_factory=list)
    left_out: list[Skipped] = field(default_factory=list)
    seen: int = 0
    _allowed: list[str] = field(default_factory=list)
    _scans: dict[str, _Scan] = field(default_factory=dict)
    _said: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._before = len(self.skipped)
        self._allowed = [str(self.root), *link_targets(self.root)]

    def fresh(self) -> "FileTree":
        """Return the same files, of which nothing was used yet."""
        first = self.skipped[: self._before]
        return FileTree(self.root, list(first), seen=self.seen, _scans=self._scans)

    def skip(self, file: str, reason: str) -> None:
        """Add a file to :attr:`skipped`."""
        self._skip_all([Skipped(printable(file), reason)])

    def leave(self, folder: str, reason: str) -> None:
        """Add a folder to :attr:`left_out` where it holds pictures and is not there yet."""
        if count := self.count(folder, hidden=True):
            self.leave_files(folder, reason, count)

    def leave_files(self, file: str, reason: str, count: int) -> None:
        """Add files, by a name for all of them, to :attr:`left_out` where they are not there yet."""
        if all(one.file != printable(file) for one in self.left_out):
            self.left_out.append(Skipped(printable(file), reason, count))

    def folders(self, folder: str = "") -> list[str]:
        """Return the sorted names of the folders directly in ``folder``; links are followed where they stay inside the root."""
        scan = self._scan(folder)
        if not folder or scan.folders or scan.links:
            self._skip_all([one for one in scan.skipped if one.file == (folder or ".")])
        linked = [name for name in scan.links if self.inside(_below(folder, name))]
        found = [*scan.folders, *linked]
        self._leave_hidden(folder, found)
        return sorted(name for name in found if not is_hidden(name))

    def pictures(self, folder: str) -> list[str]:
        """Return the image files at any depth below ``folder``, as paths relative to the root, sorted part by part."""
        found, waiting = [], [folder]
        while waiting:
            current = waiting.pop()
            scan = self._scan(current)
            self._skip_all(scan.skipped)
            self._leave_hidden(current, scan.folders)
            waiting += [_below(current, name) for name in scan.folders if not is_hidden(name)]
            found += [_below(current, name) for name in scan.pictures]
        return sorted(found, key=lambda name: name.replace("/", "\0"))  # as paths are sorted: no name holds a NUL

    def names(self) -> Iterator[str]:
        """Yield every image file below the root, but those in hidden folders; none is added to :attr:`skipped`."""
        for current in self._below_all("", False):
            yield from (_below(current, name) for name in self._scan(current).pictures)

    def direct(self, folder: str = "") -> list[str]:
        """Return the sorted names of the image files that lie in ``folder`` itself."""
        return sorted(self._scan(folder).pictures)

    def others(self, folder: str = "") -> list[str]:
        """Return the sorted names of the files in ``folder`` itself that are no pictures, such as lists."""
        return sorted(self._scan(folder).others)

    def unusable(self, folder: str) -> list[Skipped]:
        """Return the files at any depth below ``folder`` that are pictures and cannot be used; none is added to :attr:`skipped`."""
        return [one for current in self._below_all(folder, False) for one in self._scan(current).skipped]

    def count(self, folder: str, hidden: bool = False) -> int:
        """Return the number of image files at any depth below ``folder``; of hidden folders too where ``hidden``."""
        return sum(len(self._scan(current).pictures) for current in self._below_all(folder, hidden))

    def inside(self, file: str) -> bool:
        """Return whether a path, links resolved, lies below the root; one that does not is added to :attr:`skipped`."""
        if reason := self._leading_out(file):
            self.skip(file, reason)
        return not reason

    def _skip_all(self, found: list[Skipped]) -> None:
        """Add files to :attr:`skipped`, each with one reason once."""
        fresh = [one for one in found if (one.file, one.reason) not in self._said]
        self._said |= {(one.file, one.reason) for one in fresh}
        self.skipped += fresh

    def _below_all(self, folder: str, hidden: bool) -> Iterator[str]:
        waiting = [folder]
        while waiting:
            yield (current := waiting.pop())
            waiting += [_below(current, name) for name in self._scan(current).folders if hidden or not is_hidden(name)]

    def _leave_hidden(self, folder: str, names: list[str]) -> None:
        for name in names:
            if is_hidden(name) and name != "__MACOSX":  # of every archive made on a Mac, and without a picture
                self.leave(_below(folder, name), "it is hidden, or a system's own folder")

    def _leading_out(self, file: str) -> str:
        real = os.path.realpath(self.root / file)
        if any(os.path.commonpath((real, root)) == root for root in self._allowed):
            return ""
        return f"it leads outside the folder; copy the file, or name the folder that it leads to in {LINKS}"

    def _scan(self, folder: str) -> _Scan:
        """Return what lies in one folder, read once."""
        if folder not in self._scans:
            scan = self._scans[folder] = _Scan()
            try:
                with os.scandir(self.root / folder) as entries:
                    for entry in entries:
                        self.seen += 1
                        self._check_size()
                        self._sort(scan, entry, _below(folder, entry.name))
            except OSError as error:
                reason = f"the folder cannot be read ({error.strerror or error})"
                scan.skipped.append(Skipped(printable(folder or "."), reason))
            scan.skipped.sort(key=lambda one: one.file)
        return self._scans[folder]

    def _sort(self, scan: _Scan, entry: os.DirEntry[str], name: str) -> None:
        """Add one entry of a folder to what it is."""
        if entry.is_dir(follow_symlinks=False):
            scan.folders.append(entry.name)
            return
        linked = entry.is_symlink() and _is_folder(entry)
        if linked:
            scan.links.append(entry.name)
        if entry.name.startswith("._"):  # what macOS writes beside a file
            return
        ending = os.path.splitext(entry.name)[1].lower()
        if ending in FOREIGN:
            scan.skipped.append(Skipped(printable(name), why_not(entry.name)))
        elif not _is_picture(entry, ending, linked):
            scan.others.append(entry.name)
        elif entry.is_symlink() and (reason := self._leading_out(name)):
            scan.skipped.append(Skipped(printable(name), reason))
        else:
            scan.pictures.append(entry.name)

    def _check_size(self) -> None:
        if self.seen >= MOST_FILES:
            raise ExplorerError(f"{self.root} holds {MOST_FILES:,} files or more; give a folder of fewer pictures.")


def why_not(name: str) -> str:
    """Return why a file of this name is a picture that is not read; empty where it is read, or no picture."""
    ending = os.path.splitext(name)[1].lower()
    return f"{ending} is not read; {FOREIGN.get(ending, SAVE)}" if ending in FOREIGN else ""


def _is_picture(entry: os.DirEntry[str], ending: str, linked: bool) -> bool:
    """Return whether a file is a picture by its ending, or where that says nothing by its content."""
    if ending in ENDINGS:
        return True
    unsaid = not ending.strip(".0123456789") or ending.startswith(tuple(ENDINGS))
    return unsaid and not linked and entry.is_file() and bool(picture_format(Path(entry.path)))


def contains_any(names: Sequence[str], words: Sequence[str]) -> bool:
    """Return whether one of some words, in small letters, is in any of some names, however that writes it."""
    whole = "\n".join(names).casefold()
    return any(word in whole for word in words)


def link_targets(root: Path) -> list[str]:
    """Return the folders outside ``root`` that its links may lead to: from ``EXPLORER_LINKS`` and :func:`allow_links`."""
    given = [folder for folder in os.environ.get(LINKS, "").split(os.pathsep) if folder]
    try:
        noted = [str(read_manifest(_note(root))["target"])]
    except (DamagedError, KeyError):
        noted = []
    return [os.path.realpath(os.path.expanduser(folder)) for folder in given + noted]


def allow_links(root: Path, target: Path) -> None:
    """Allow the links below ``root``, which the program itself made, to lead into ``target``."""
    write_manifest(_note(root), {"root": str(root), "target": str(target)})


def printable(name: str) -> str:
    """Return a file's name with undecodable bytes replaced, so that it can be encoded as UTF-8."""
    return re.sub("[\ud800-\udfff]", "\ufffd", name)


def _note(root: Path) -> Path:
    return home.data() / "links" / f"{digest(os.fsencode(root))[:24]}.json"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
