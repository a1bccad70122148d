"""Files beside the one that a person gave: read only where they lie in its folder, and never more than a limit."""

import stat
from pathlib import Path

from explorer.core.errors import ExplorerError


def file_inside(folder: Path, name: str, owner: Path) -> Path:
    """Return the path of a regular file that another one names.

    Args:
        folder: in which it must lie, whatever links lead there.
        name: as it is written in the other file.
        owner: the file that names it.

    Raises:
        ExplorerError: it leaves the folder, is missing, or is no regular file.
    """
    place = f"{owner} keeps numbers in another file, {name[:80]!r},"
    try:
        path = (folder / name).resolve()
        inside = bool(name) and not Path(name).is_absolute() and path.is_relative_to(folder.resolve())
        regular = inside and stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError, RuntimeError) as error:
        raise ExplorerError(f"{place} which is not there; put it back beside it, under that name.") from error
    if not inside:
        raise ExplorerError(f"{place} which does not lie in its folder, so it was not read; put both into one folder.")
    if not regular:
        raise ExplorerError(f"{place} which is no file; put the file itself there.")
    return path
