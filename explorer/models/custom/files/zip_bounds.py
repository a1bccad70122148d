"""How large the list of a zip's members is, read from its end before the list itself is."""

from pathlib import Path

# The mark of a zip's end; 22 bytes follow from there, and a remark of at most 65,535.
END, LENGTH, REMARK = b"PK\x05\x06", 22, 65_535
# Bytes of a list: a network of a thousand tensors has a tenth of a megabyte. In memory it takes ten times as much.
LISTED = 16 * 2**20


def list_is_small(path: Path) -> bool:
    """Return whether the list of a zip's members is as short as any that holds weights; a zip without an end has none."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - LENGTH - REMARK))
        tail = file.read()
    end = tail.rfind(END)
    if end < 0 or len(tail) - end < LENGTH:
        return True
    listed = int.from_bytes(tail[end + 12 : end + 16], "little")
    return listed <= LISTED or (listed == 0xFFFFFFFF and _of_large(tail, end) <= LISTED)


def _of_large(tail: bytes, end: int) -> int:
    """Return the bytes of the list of a zip of more than four gigabytes, whose end has another form before it."""
    start = tail.rfind(b"PK\x06\x06", 0, end)
    return int.from_bytes(tail[start + 40 : start + 48], "little") if start >= 0 else LISTED + 1
