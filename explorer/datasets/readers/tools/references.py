"""References to pictures as labelling tools write them (addresses, paths of their server, names with a code), found below a folder."""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from explorer.core.errors import ExplorerError, unknown
from explorer.datasets.assembly import Entry, Listing
from explorer.datasets.base import Skipped
from explorer.datasets.choices import Offer
from explorer.datasets.file_tree import MOST_FILES, FileTree, printable
from explorer.datasets.readers.tables.list_doubts import twice
from explorer.datasets.readers.tables.places import side_in

# Label Studio writes eight hexadecimal digits before the name of an uploaded file.
CODE = re.compile(r"^[0-9a-f]{8}-(?=.)")
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class Labelled(NamedTuple):
    """A picture as an export names it, its label (empty where it has none), and its side."""

    reference: str
    label: str
    side: str = ""


@dataclass(frozen=True)
class Export:
    """What a tool exported.

    Attributes:
        tool: name and form, such as ``"Label Studio, JSON"``.
        pictures: in the order of the export.
        doubts: sentences on what is doubtful.
        names: of all classes, with pictures or without.
        questions: that pictures are answers to, each with its answers and how often they were given; none where there is but one.
        taken: the question whose answers are the labels.
    """

    tool: str
    pictures: Sequence[Labelled]
    doubts: Sequence[str] = ()
    names: Sequence[str] = ()
    questions: Mapping[str, Counter[str]] = field(default_factory=dict)
    taken: str = ""

    @property
    def offer(self) -> Offer:
        """What a person can choose: the question."""
        return Offer("label", {name: _shown(answers) for name, answers in self.questions.items()}, self.taken)


def taken_question(
    questions: Mapping[str, Counter[str]], asked: str, usual: Sequence[str], predicted: Container[str] = ()
) -> tuple[str, list[str]]:
    """Return the question whose answers are the labels, and the doubt where another may be meant.

    Args:
        questions: with their answers; of equal ones the first counts.
        asked: by a person; empty for none.
        usual: names that leave no doubt, in the order in which they count.
        predicted: those that a network has answered, which are taken last.

    Raises:
        ExplorerError: nobody asks what was asked for.
    """
    if asked and asked not in questions:
        raise unknown("label", asked, list(questions))
    if named := next((name for name in (asked, *usual) if name in questions), ""):
        return named, []

    def rank(name: str) -> tuple[bool, bool, int, int]:
        answers = questions[name]
        return name not in predicted, len(answers) > 1, answers.total(), -len(answers)

    taken = max(questions, key=rank, default="")
    if len(questions) < 2:
        return taken, []
    others = ", ".join(name for name in questions if name != taken)
    return taken, [
        f"The export answers several questions; the labels are those of {taken!r}, and {others} may be meant: --read label=NAME takes another."
    ]


def _shown(answers: Counter[str]) -> str:
    first = ", ".join(name for name, _ in answers.most_common(3))
    return f"{len(answers):,} values: {first}{', …' if len(answers) > 3 else ''}"


@dataclass(frozen=True, eq=False)
class PictureFinder:
    """The picture files below a folder, found by what ends like a reference.

    Attributes:
        tree: of the folder.
        without_code: references that were found only without their tool's code.
    """

    tree: FileTree
    without_code: list[str] = field(default_factory=list)

    @cached_property
    def files(self) -> dict[str, list[str]]:
        """The files by the last part of their path, in lower case."""
        found = defaultdict(list)
        for file in self.tree.pictures(""):
            found[file.rpartition("/")[2].lower()].append(file)
            found[PurePosixPath(file).stem.lower()].append(file)
        return found

    def find(self, reference: str, side: str = "") -> str:
        """Return the file of a reference, below the root; of several the one in a folder of the picture's side, where it has one.

        Raises:
            LookupError: there is none, or there are several; the message is the reason.
        """
        path = plain_path(reference)
        return self._ending_like(path, side) or self._ending_like(self._bare(path), side) or self._none()

    def _bare(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        bare = CODE.sub("", name)
        if bare == name:
            return ""
        self.without_code.append(path)
        return f"{folder}/{bare}" if folder else bare

    def _ending_like(self, path: str, side: str) -> str:
        parts = [part for part in path.lower().split("/") if part not in ("", ".", "..")]
        if not parts:
            return ""
        shared = {file: _shared(file.lower().split("/"), parts) for file in self.files.get(parts[-1], [])}
        best = [file for file, count in shared.items() if count == max(shared.values())]
        if side and len(best) > 1:
            best = [file for file in best if side_in(file) == side] or best
        if len(best) > 1:
            raise LookupError(f"several files are called so ({', '.join(best[:2])}); give them different names")
        return best[0] if best else ""

    def _none(self) -> str:
        raise LookupError("there is no such picture below the folder of the export; put the pictures there")


def _shared(file: Sequence[str], parts: Sequence[str]) -> int:
    """Return how many last parts two paths share, the name itself aside."""
    count = 0
    for one, other in zip(reversed(file[:-1]), reversed(parts[:-1]), strict=False):
        if one != other:
            break
        count += 1
    return count


def plain_path(reference: str) -> str:
    """Return the path in a reference: of an address its path, of Label Studio's local files the part behind ``?d=``."""
    text = reference.strip().replace("\\", "/")
    if SCHEME.match(text) or "?" in text:
        parts = urlsplit(text)
        local = parse_qs(parts.query).get("d")
        text = local[0] if local else parts.path
    return unquote(text)


def listing_of(export: Export, tree: FileTree, name: str, title: str) -> Listing:
    """Return the listing of an export's pictures that lie below its folder.

    Raises:
        ExplorerError: no picture of it has a label, none is found, or there are too many.
    """
    if len(export.pictures) > MOST_FILES:
        raise ExplorerError(f"{name} names {len(export.pictures):,} pictures; at most {MOST_FILES:,} are read.")
    differing: list[tuple[str, str, str]] = []
    entries = list(_entries(export, PictureFinder(tree), tree, differing))
    bare = sum(not one.label for one in export.pictures)
    if not entries:
        reason = (
            "none has a label" if bare == len(export.pictures) else "none lies below its folder; put the pictures there"
        )
        raise ExplorerError(f"{name} ({export.tool}) names {len(export.pictures):,} pictures, and {reason}.")
    gone = [Skipped("pictures of the export", "they have no label", bare)] if bare else []
    return _with_sides(
        Listing(
            name,
            title,
            tree.root,
            entries,
            tree.skipped,
            "labels",
            layout=export.tool,
            left_out=gone,
            doubts=[*export.doubts, *twice(differing)],
            classes=export.names,
            offers=[export.offer],
        )
    )


def _with_sides(listing: Listing) -> Listing:
    """Return a listing whose validation pictures test where there is no test side; one side alone is no split."""
    from dataclasses import replace

    sides = {entry.side for entry in listing.entries}
    tests = next((side for side in ("test", "val") if side in sides), "")
    if "train" not in sides or not tests:
        return replace(listing, entries=[entry._replace(side="") for entry in listing.entries])
    kept = {"train": "train", tests: "test"}
    entries = [entry._replace(side=kept[entry.side]) for entry in listing.entries if entry.side in kept]
    gone = len(listing.entries) - len(entries)
    left = [
        *listing.left_out,
        *([Skipped("pictures of other sides", f"the side {tests} is used", gone)] if gone else []),
    ]
    origins = {"train": "the export's side train", "test": f"the export's side {tests}"}
    return replace(
        listing,
        entries=entries,
        left_out=left,
        origins=origins,
        facts=listing.facts | {"split": "as the export gives it"},
    )


def _entries(
    export: Export, finder: PictureFinder, tree: FileTree, differing: list[tuple[str, str, str]]
) -> Iterable[Entry]:
    """Yield the labelled pictures that are found; one that has different labels in the export is noted in ``differing``."""
    seen: dict[str, str] = {}
    for one in export.pictures:
        if not one.label:
            continue
        try:
            file = finder.find(one.reference, one.side)
        except LookupError as error:
            tree.skip(one.reference[:200], str(error))
            continue
        if file in seen:
            if seen[file] != one.label:
                differing.append((file, seen[file], one.label))
            tree.skip(file, f"it is named before, as {printable(seen[file])}")
            continue
        seen[file] = one.label
        yield Entry(file, printable(one.label.replace("/", "-")), one.side)
