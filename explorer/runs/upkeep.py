"""Upkeep of the runs on disk: what each takes, another name for one, and removing one with what was computed for it."""

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from explorer.core import home
from explorer.core.checksums import read_manifest
from explorer.core.errors import DamagedError, ExplorerError, unknown
from explorer.core.files import readable_errors
from explorer.runs import jobs, store
from explorer.runs.edits import edit_scope
from explorer.runs.manifest import Manifest
from explorer.runs.results.paths import EXPERIMENT_MARK

# Folders of the home in which nothing is computed for one run alone.
SHARED = ("data", "runs", "weights", "selections", "jobs", "checks")
# The run that the program opens, and builds anew where it is missing.
DEFAULT = "default"


@dataclass(frozen=True)
class KnownRun:
    """A run under one of its names.

    Attributes:
        made: when it was built, seconds since 1970.
        size: bytes on disk; of a file that several runs share, each has its part.
    """

    name: str
    manifest: Manifest
    made: float
    size: int


@dataclass(frozen=True)
class Removal:
    """What removing a run would take away.

    Attributes:
        name: of the run.
        run_id: that it points to.
        others: further names of the same run, which stays where there are any.
        size: bytes of the run itself that would be free again.
        shared: bytes of its files that stay, because other runs share them.
        results: files and folders that were computed for it, or chosen in it.
        results_size: their bytes.
        refusal: why it cannot be removed, in one sentence; empty where it can.
    """

    name: str
    run_id: str
    others: Sequence[str]
    size: int
    shared: int
    results: Sequence[Path]
    results_size: int
    refusal: str

    @property
    def keeps_run(self) -> bool:
        """Whether only the name would go."""
        return bool(self.others)


def known_runs(names: Iterable[str]) -> list[KnownRun]:
    """Return the runs of these names, in their order; names of damaged runs are left out."""
    points, found = store.names(), []
    for name in names:
        with suppress(DamagedError, OSError, KeyError):
            folder, manifest = store.run_folder(points[name]), store.load_manifest(points[name])
            made = (folder / "manifest.json").stat().st_mtime
            size = size_of([folder, store.recording_folder(points[name])])
            found.append(KnownRun(name, manifest, made, size))
    return found


def size_of(paths: Iterable[Path]) -> int:
    """Return how many bytes files, and all files in folders, take; one that has several names counts by its part."""
    return round(sum(stat.st_size / max(1, stat.st_nlink) for path in paths for stat in _stats(path)))


def _stats(path: Path) -> Iterator[os.stat_result]:
    for file in (path, *path.rglob("*")) if path.is_dir() else (path,):
        with suppress(OSError):  # another process may just remove it
            if file.is_file():
                yield file.stat()


def removal(name: str) -> Removal:
    """Return what removing the run of this name would take away, and why it cannot be removed where that is so.

    Raises:
        ExplorerError: there is no such run.
    """
    points = store.names()
    if name not in points:
        raise unknown("run", name, sorted(points))
    run_id = points[name]
    others = [other for other, target in points.items() if target == run_id and other != name]
    results = [] if others else computed_for(run_id)
    size, shared = (0, 0) if others else _freed(store.run_folder(run_id))
    refusal = _refusal(name, run_id, others, points)
    return Removal(name, run_id, others, size, shared, results, size_of(results), refusal)


def _freed(folder: Path) -> tuple[int, int]:
    """Return how many bytes removing a folder frees, and how many stay because they have names elsewhere."""
    stats = list(_stats(folder))
    return sum(stat.st_size for stat in stats if stat.st_nlink == 1), sum(
        stat.st_size for stat in stats if stat.st_nlink > 1
    )


def computed_for(run_id: str) -> list[Path]:
    """Return audits, reports, groups, experiments and other results of a run, unfinished ones and selections among them."""
    folders = [folder for folder in home.root().glob("[!.]*") if folder.is_dir() and folder.name not in SHARED]
    named = [path for folder in folders for path in folder.glob(f"*{run_id}*")]
    for found in ("result.json", EXPERIMENT_MARK):
        named += [path.parent for path in home.root().glob(f"experiments/[!.]*/{found}") if _is_of(path, run_id)]
    named += [path for path in home.root().glob("selections/[!.]*.json") if _chosen_in(path) == run_id]
    return sorted(path for path in {*named} if not path.name.startswith("."))  # locks, and what is being written


def _is_of(result: Path, run_id: str) -> bool:
    """Return whether an experiment was measured on a run: its folder is named by a hash."""
    try:
        return bool(read_manifest(result).get("run") == run_id)
    except DamagedError:
        return False


def _chosen_in(selection: Path) -> str:
    """Return the id of the run in which a selection was made; nothing where it cannot be read."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads(selection.read_bytes())["run"])
    return ""


def _refusal(name: str, run_id: str, others: Sequence[str], points: dict[str, str]) -> str:
    if said := _at_work(name, run_id):
        return said
    if len(points) == 1:
        return "It is the only run; build another one first."
    if not others and (edited := _refitted_from(run_id)):
        named = [other for other, target in points.items() if target in edited and not edit_scope.is_foreign(other)]
        more = len(edited) - len({points[other] for other in named})
        hidden = [f"{more} that {'is' if more == 1 else 'are'} not listed here"] * (more > 0)
        return f"Other runs were refitted from it and need it: {', '.join([*named, *hidden])}. Delete those first."
    return ""


def _at_work(name: str, run_id: str) -> str:
    """Return the sentence on the job that uses a run now or will; empty where none does."""
    using = [job for job in _working(name, run_id) if not job.background]
    return f"A job works on it ({using[0].kind}); wait until it is finished, or cancel it." if using else ""


def _working(name: str, run_id: str) -> list[jobs.Job]:
    return [job for job in jobs.jobs() if job.state in jobs.ACTIVE and job.name in (name, run_id)]


def _stop_unasked(name: str, run_id: str) -> None:
    """Cancel what the program computes for a run by itself, which gives way to what a person asks for."""
    for job in _working(name, run_id):
        if job.background:
            jobs.cancel(job.id)


def _refitted_from(run_id: str) -> set[str]:
    """Return the ids of the runs that were refitted from a run."""
    found = set()
    for folder in home.runs().glob("[0-9a-f]*"):
        with suppress(DamagedError):
            if read_manifest(folder / "manifest.json").get("base") == run_id:
                found.add(folder.name)
    return found


def remove(name: str) -> Removal:
    """Remove a run's name, and where it is the last one, the run with what was computed for it; return what went.

    Whoever has the run open goes on reading its files until they are closed. A process that is killed meanwhile leaves nothing
    that looks like a run.

    Raises:
        ExplorerError: there is no such run, or it is in use.
    """
    going = removal(name)
    if going.refusal:
        raise ExplorerError(f"Run {name!r} is not deleted. {going.refusal}")
    _stop_unasked(name, going.run_id)
    with readable_errors(home.runs()):
        (home.runs() / "names" / name).unlink(missing_ok=True)
        if not going.keeps_run:
            _remove(store.run_folder(going.run_id))
            for path in going.results:
                _remove(path)
    return going


def _remove(path: Path) -> None:
    """Take a file or folder away at once, under a name that :func:`explorer.core.files.sweep` clears, then its content."""
    gone = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with suppress(FileNotFoundError):
        os.replace(path, gone)
    if gone.is_dir():
        shutil.rmtree(gone, ignore_errors=True)
    else:
        gone.unlink(missing_ok=True)


def rename(name: str, new: str) -> None:
    """Let a run be called otherwise; its id, and with it every link by id, stays.

    Raises:
        ExplorerError: there is no such run, it is in use or the default one, or the new name is taken or no name.
    """
    points = store.names()
    if name not in points:
        raise unknown("run", name, sorted(points))
    if store.check_name(new) in points or edit_scope.is_foreign(new):
        raise ExplorerError(f"There is a run called {new!r} already; choose another name.")
    if name == DEFAULT:
        raise ExplorerError(f"{DEFAULT!r} is the run that the program opens; it keeps its name.")
    if said := _at_work(name, points[name]):
        raise ExplorerError(f"Run {name!r} keeps its name for now. {said}")
    _stop_unasked(name, points[name])
    folder = home.runs() / "names"
    with readable_errors(folder):
        os.rename(folder / name, folder / new)
