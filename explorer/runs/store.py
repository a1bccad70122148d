"""Runs on disk: an id is a folder, a name is a small file that holds the id of its latest build."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.core import home
from explorer.core.checksums import file_digest, read_manifest
from explorer.core.errors import DamagedError, ExplorerError, unknown
from explorer.core.files import readable_errors, sweep, writing
from explorer.runs.abandoned import remove_abandoned
from explorer.runs.manifest import Manifest

if TYPE_CHECKING:
    from explorer.runs.run import Run

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Where files are written, below the home; the pictures of data sets lie deeper and may be a million.
WRITTEN = (
    "*",
    "runs/names",
    "runs/.work-*",
    "data/*",
    "data/checks/*",
    "data/features/*/*",
    "data/pictures/*",
    "experiments/*",
    "recordings/*",
    "whole_network/*",
    "whole_network/*/seed-*",
    "whole_network/*/seed-*/recording",
    "smoothness/*",
    "whole_trust/*/*",
    "whole_trust/*/*/*",
    "flips/*",
)


def recording_folder(run_id: str) -> Path:
    """Return where the states of a run's training lie, where they were recorded."""
    return home.root() / "recordings" / run_id


def run_folder(run_id: str) -> Path:
    """Return the folder of a run."""
    return home.runs() / run_id


def check_name(name: str) -> str:
    """Return ``name`` if it may name a run.

    Raises:
        ExplorerError: it may not; the sentence says which letters are allowed.
    """
    if not NAME.fullmatch(name) or name.startswith("."):
        raise ExplorerError(f"A run cannot be called {name!r}; use up to 64 letters, digits, '.', '_' and '-'.")
    return name


def point(name: str, run_id: str) -> None:
    """Let ``name`` mean this run from now on."""
    with writing(home.runs() / "names" / check_name(name)) as temporary:
        temporary.write_text(run_id, encoding="utf-8")


def names_changed() -> int:
    """Return when a name was last given, in nanoseconds; 0 where there is none."""
    folder = home.runs() / "names"
    return folder.stat().st_mtime_ns if folder.is_dir() else 0


def names() -> dict[str, str]:
    """Return all names and the ids they point to, the latest build first."""
    folder = home.runs() / "names"
    entries = [path for path in folder.glob("*") if NAME.fullmatch(path.name) and not path.name.startswith(".")]
    files = sorted((path for path in entries if path.is_file()), key=lambda path: -path.stat().st_mtime)
    # one damaged file must not take the other names away; what it then names is no run, and said to be none
    return {path.name: path.read_text(encoding="utf-8", errors="replace").strip() for path in files}


def resolve(name: str) -> str:
    """Return the id of the run that is called ``name`` or has this id.

    Raises:
        ExplorerError: there is none.
    """
    known = names()
    if name in known:
        return known[name]
    if re.fullmatch(r"[0-9a-f]{16}", name) and (run_folder(name) / "manifest.json").is_file():
        return name
    raise unknown("run", name, sorted(known))


def load_manifest(run_id: str) -> Manifest:
    """Return a run's manifest after comparing it with its checksum."""
    return Manifest.from_dict(read_manifest(run_folder(run_id) / "manifest.json"))


def class_names_of(run_id: str) -> list[str]:
    """Return a run's classes without opening it; none where it is damaged, which whoever opens it is told."""
    with suppress(DamagedError):
        return list(load_manifest(run_id).classes)
    return []


def built_on() -> set[str]:
    """Return the data sets and the files of weights that runs were built on, by name or path; damaged runs say nothing."""
    return {source for sources in sources_of_runs().values() for source in sources}


def sources_of_runs() -> dict[str, set[str]]:
    """Return of each run, by its id, the data set and the file of weights that it was built on; the latter may be empty."""
    found = {}
    for folder in home.runs().glob("[0-9a-f]*"):
        with suppress(DamagedError):
            content = read_manifest(folder / "manifest.json")  # of any version, however little it holds
            found[folder.name] = {content["dataset"], content.get("own", {}).get("checkpoint", "")}
    return found


def load_run(run_id: str) -> "Run":
    """Return a run whose every file has the checksum that was written.

    Raises:
        DamagedError: the manifest or an array is missing, cut short or changed.
    """
    folder, manifest = run_folder(run_id), load_manifest(run_id)
    with ThreadPoolExecutor() as readers:  # a gigabyte of test images takes a second to read and hash
        compared = readers.map(lambda name: _is_file(folder / name, manifest.files[name]), manifest.files)
        from explorer.runs.run import Run  # half a second of SciPy, which the names of runs do not need
    for name, same in zip(manifest.files, compared, strict=True):
        if not same:
            raise DamagedError(f"Run {run_id} is damaged: {name} is not what was written. Build it again.")
    if manifest.run_id != run_id:
        raise DamagedError(f"Run {run_id} is damaged: its manifest belongs to another run. Build it again.")
    return Run(folder, manifest)


def _is_file(path: Path, checksum: str) -> bool:
    return path.is_file() and file_digest(path) == checksum


def open_run(name: str) -> "Run":
    """Return the run of this name or id.

    Raises:
        ExplorerError: there is none, or it is damaged; the sentence says how to build it again.
    """
    try:
        return load_run(resolve(name))
    except DamagedError as error:
        message = f"Run {name!r} is not used, because {str(error).rstrip('.')}. Build it again with `python -m explorer build`."
        raise DamagedError(message) from error


def prepare_home() -> None:
    """Make the home folder, and remove what killed processes left unfinished there.

    Raises:
        ExplorerError: it cannot be written.
    """
    with readable_errors(home.root()):
        home.runs().mkdir(parents=True, exist_ok=True)
    tidy()


def tidy() -> None:
    """Remove what killed processes left unfinished in the home, after a day also what they could have gone on with; what a living one writes stays."""
    for pattern in WRITTEN:
        for folder in home.root().glob(pattern):
            sweep(folder)
    remove_abandoned()
