"""Whether every file of a run is what was written. Opening a run compares what it holds as one file; a shard when it is read."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from explorer.core import home
from explorer.core.checksums import file_digest
from explorer.core.errors import DamagedError
from explorer.core.parallel import run_in_threads
from explorer.core.progress import Progress, silent
from explorer.runs.store import load_manifest, run_folder
from explorer.shards.table import MANIFEST as SHARDS
from explorer.shards.table import Table, file_of

# Files that are read between two reports of progress; shards are of some ten megabytes.
AT_ONCE = 16
RUN = re.compile("[0-9a-f]{16}")


def every_run() -> list[str]:
    """Return the ids of all runs of the home, damaged ones too."""
    return sorted(folder.name for folder in home.runs().glob("[0-9a-f]*") if RUN.fullmatch(folder.name))


def files_of(run_id: str) -> dict[str, str]:
    """Return the SHA-256 that each file of a run should have, by its path below the run's folder, those of its shards too.

    Raises:
        DamagedError: the run's manifest is missing, changed, or another run's.
    """
    folder, manifest = run_folder(run_id), load_manifest(run_id)
    if manifest.run_id != run_id:
        raise DamagedError(f"The manifest of run {run_id} belongs to another run.")
    files = dict(manifest.files)
    for name in [name for name in files if Path(name).name == SHARDS]:
        with suppress(DamagedError):  # the manifest of the shards is itself one of the files
            files |= {path.relative_to(folder).as_posix(): checksum for path, checksum in _shards(folder / name)}
    return files


def _shards(manifest: Path) -> Iterator[tuple[Path, str]]:
    table = Table.open(manifest.parent)
    for place, shard in enumerate(table.shards):
        for name, checksum in shard.files.items():
            yield file_of(table.folder, name, place), checksum


def damaged_files(run_id: str, progress: Progress = silent) -> tuple[list[str], int]:
    """Return the files of a run that are missing or not what was written, by their paths below its folder, and how many it has.

    All are read. Where the manifest is damaged, nothing says what the others should be, and it is the only one.
    """
    folder = run_folder(run_id)
    try:
        files = sorted(files_of(run_id).items())
    except DamagedError:
        return ["manifest.json"], 1

    def damaged(file: tuple[str, str]) -> bool:
        path = folder / file[0]
        return not path.is_file() or file_digest(path) != file[1]

    found: list[str] = []
    for start in range(0, len(files), AT_ONCE):
        progress("Reading every file", start, len(files))
        some = files[start : start + AT_ONCE]
        found += [name for (name, _), bad in zip(some, run_in_threads(damaged, some), strict=True) if bad]
    progress("Reading every file", len(files), len(files))
    return found, len(files) + 1
