"""Members of WebDataset's shards that are no shard here: unpacked, or of kinds that only Python reads."""

from collections.abc import Iterable, Sequence

from explorer.datasets.file_tree import printable
from explorer.datasets.picture import ENDINGS

# What a member is called that holds numbers or objects of Python.
ODD = (".npy", ".npz", ".pyd", ".pickle", ".pkl", ".pth", ".pt", ".msg", ".msgpack", ".mp", ".ten", ".cbor")


def shard_members(others: Sequence[str], pictures: Iterable[str]) -> str:
    """Return the sentence for members of a shard: a label, or what only Python reads, beside each picture; empty for anything else.

    Args:
        others: files that are no pictures.
        pictures: some of those that are.
    """
    odd = {_key(file): file for file in others if file.lower().endswith(ODD)}
    label, keys = next((file for file in others if file.lower().endswith(".cls")), ""), {*map(_key, pictures)}
    if label and not keys:
        found = odd.get(_key(label), "")
        return found and (
            f"It holds members of WebDataset's shards whose pictures are no picture files ({printable(found)} beside {printable(label)}); "
            "write each picture as PNG or JPEG beside its .cls."
        )
    if label:
        return (
            f"It holds pictures with a label beside each ({printable(label)}), as WebDataset's shards do when they are unpacked; "
            "pack them, tar --sort=name -cf data.tar -C FOLDER ., and give that file."
        )
    beside = next((file for key, file in odd.items() if key in keys), "")
    return beside and (
        f"The labels of its pictures seem to stand in {printable(beside)} and the like, which are not read; "
        "write each as text beside its picture, with the ending .cls."
    )


def is_picture_member(name: str) -> bool:
    """Return whether a member is called like a picture."""
    return name.lower().endswith(tuple(ENDINGS))


def _key(name: str) -> str:
    folder, slash, file = name.rpartition("/")
    return f"{folder}{slash}{file.partition('.')[0]}"
