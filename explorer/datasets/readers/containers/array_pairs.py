"""Which array of labels belongs to which array of pictures, where a file or folder has several of either."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.files import megabytes
from explorer.datasets.base import Skipped
from explorer.datasets.doubts.reading import some
from explorer.datasets.readers.containers.arrays import LabelledArrays
from explorer.datasets.readers.containers.sides import SIDE_OF

# Words of a name, also of ``trainImages`` and ``images2``.
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# Words by which people say what an array is, not which.
KINDS = re.compile(
    r"(x|y|data|pixels?|pictures?|ims?|imgs?|inputs?|features?|targets?|classes|cls|arr|\w*?images?|\w*?labels?)$"
)
# Parts that are joined are held in memory.
MOST_JOINED = 1200 * 2**20


@dataclass(frozen=True)
class Pairs:
    """Arrays of pictures with their labels.

    Attributes:
        used: names of pictures and labels that are read; several are parts of one set, in their order.
        others: names of pictures that are not read; ``labelled`` are those of them that have labels of their own.
    """

    used: Sequence[tuple[str, str]]
    others: Sequence[str] = ()
    labelled: Sequence[str] = ()

    def said(self, arrays: Mapping[str, np.ndarray]) -> tuple[list[Skipped], list[str]]:
        """Return the pictures that are left out, and a sentence where they may have been meant as well."""
        read = self.used[0][0]
        gone = [Skipped(f"the array {name}", f"{read} is read", len(arrays[name])) for name in self.others]
        if not self.labelled:
            return gone, []
        labels = self.used[0][1]
        return gone, [
            f"{some(self.labelled)}: pictures with labels of their own, which are left out; {read} is read with {labels}. "
            "Choose another pair by --read label=NAME of its labels, or join them in one array of pictures and one of labels."
        ]


def paired_names(pictures: Sequence[str], labels: Sequence[str], sizes: Mapping[str, int], chosen: str) -> Pairs:
    """Return the pairs of one side: those of one name but for the words that say pictures, labels and sides.

    Args:
        pictures: names of arrays of pictures, at least one.
        labels: names of arrays of labels; the first counts where names do not tell.
        sizes: the length of each array.
        chosen: the name of the labels that a person chose; empty for none.
    """
    pairs = [
        (one, label) for one in pictures for label in labels if _key(one) == _key(label) and sizes[one] == sizes[label]
    ]
    pairs = [pair for pair in pairs if not chosen or pair[1] == chosen]
    if not chosen and _are_parts([one for one, _ in pairs]):
        pairs.sort(key=lambda pair: _number(pair[0]))
        names = {one for one, _ in pairs}
        return Pairs(pairs, [one for one in pictures if one not in names])
    first = pairs[0] if pairs else (pictures[0], chosen or labels[0])
    others, spare = ([one for one in some if one != read] for some, read in zip((pictures, labels), first, strict=True))
    keys, counts = {_key(label) for label in spare}, {sizes[label] for label in spare} - {sizes[first[0]]}
    return Pairs([first], others, [one for one in others if _key(one) in keys or sizes[one] in counts])


def joined(arrays: Mapping[str, np.ndarray], pairs: Pairs) -> LabelledArrays:
    """Return the pictures and labels of one side; parts are put one behind the other.

    Raises:
        ExplorerError: parts have other shapes, or would take too much memory.
    """
    if len(pairs.used) == 1:
        [(name, label)] = pairs.used
        return LabelledArrays(arrays[name], arrays[label], f"the array {name}")
    names = [name for name, _ in pairs.used]
    if (size := sum(arrays[name].nbytes for name in names)) > MOST_JOINED:
        raise ExplorerError(
            f"{some(names)} are parts of {megabytes(size)} together, and {megabytes(MOST_JOINED)} are joined; save them as one .npy file."
        )
    columns = [[arrays[name] for name in column] for column in zip(*pairs.used, strict=True)]
    try:
        pixels, labels = map(np.concatenate, columns)
    except ValueError as error:
        shapes = ", ".join(f"{name} {arrays[name].shape}" for name in names[:3])
        raise ExplorerError(
            f"The parts {shapes} are of other shapes; save pictures and labels of one shape each."
        ) from error
    return LabelledArrays(pixels, labels, f"{len(names)} arrays, {some(names)}")


def _key(name: str) -> tuple[str, ...]:
    """Return the words of a name that say neither what an array is nor which side it is on."""
    words = [word.lower() for word in WORD.findall(name)]
    words = [re.sub(r"^[xy](?=train|test|val)", "", word) for word in words]
    return tuple(word for word in words if word not in SIDE_OF and not KINDS.match(word))


def _are_parts(names: Sequence[str]) -> bool:
    """Return whether names differ by consecutive numbers alone."""
    keys = [_key(name) for name in names]
    stems = {tuple(word for word in key if not word.isdecimal()) for key in keys}
    numbers = sorted(_number(name) for name in names)
    if len(names) < 2 or len(stems) > 1 or not all(sum(map(str.isdecimal, key)) == 1 for key in keys):
        return False
    return numbers == list(range(numbers[0], numbers[0] + len(names)))


def _number(name: str) -> int:
    return next((int(word) for word in _key(name) if word.isdecimal()), 0)
