"""kill -9 at random moments: the same command again must finish with the same bytes and lose at most one shard.

``EXPLORER_HOME=/tmp/killing python -m tools.killing build --data FOLDER --moments 20`` prints one JSON object. Each case works in a
folder of its own below that home, which holds nothing but a link ``weights``; what its command made is removed before each moment.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explorer.core import home
from explorer.core.files import UNFINISHED

# The program with an ear at the network's door, which notes how many pictures each batch and each whole shard has.
WORKER = """
import os
from explorer.__main__ import program
from explorer.models import features
from explorer.models.preparation import batches

def note(words):
    with open(os.environ["KILLING_LOG"], "a") as log:
        log.write(words + "\\n")

def together(pictures, rows, size, computed=batches._together):
    note(f"picture {len(rows)}")
    return computed(pictures, rows, size)

batches._together = together
print("ready", flush=True)
program(prog_name="explorer")
"""
ROOT = Path(__file__).resolve().parents[1]
# What differs from one build to the next although the result is the same.
CHANGING = {"seconds", "checksum"}
# Folders of notes that hang on the clock.
NOTES = {"checks", "jobs"}


@dataclass(frozen=True)
class Case:
    """What is killed.

    Attributes:
        words: of its command line; ``DATA`` stands for the data that a person gives.
        before: commands that come first, once.
    """

    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()


DATA = "DATA"
DRAWN = ("build", "--dataset", "drawn", "--run", "base")
CASES = {
    "build": Case(("build", "--dataset", DATA, "--run", "killed")),
    "small-cnn": Case(
        ("build", "--dataset", "drawn", "--backbone", "small-cnn", "--limit", "200"), (("fetch", "drawn"),)
    ),
    "refit": Case(
        ("edit", "retrain", "--run", "base", "--as", "killed"),
        (DRAWN, ("edit", "exclude", "--run", "base", "--train", ",".join(map(str, range(0, 200, 5))))),
    ),
    "archive": Case(("datasets", "--check", DATA)),
    "trust": Case(("trust", "--run", "base", "--pairs", "200", "--subsets", "20"), (DRAWN,)),
    "audit": Case(("audit", "--run", "base"), (DRAWN,)),
}


class Worker:
    """One start of a command, ready to work."""

    def __init__(self, case: Case) -> None:
        self.log = home.root() / "log"
        self.log.write_text("")
        command, pipe = [sys.executable, "-c", WORKER, *case.words, "--json"], subprocess.PIPE
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"KILLING_LOG": str(self.log)}, stdout=pipe, stderr=pipe, text=True
        )
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def finish(self, seconds: float | None = None) -> bool:
        """Let it work to its end, or so long and kill it; return whether it was killed."""
        try:
            _, said = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            return True
        if self.process.returncode:
            raise SystemExit(f"{self.process.args} ended with {self.process.returncode}: {said[-2000:]}")
        return False

    def pictures(self) -> int:
        return sum(int(line.split()[1]) for line in self.log.read_text().splitlines())


def files() -> Iterator[Path]:
    """Yield all files and folders of the home, those inside first; links are not followed."""
    for folder, folders, names in os.walk(home.root(), topdown=False):
        yield from (Path(folder, name) for name in [*names, *folders])


def cleared(known: set[Path]) -> None:
    """Remove everything that is not known."""
    for path in set(files()) - known:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def content(path: Path) -> str:
    """Return a file's hash; of a manifest without what always differs."""
    found = path.read_bytes()
    if path.suffix == ".json":
        found = json.dumps({key: value for key, value in json.loads(found).items() if key not in CHANGING}).encode()
    return hashlib.sha256(found).hexdigest()


def results(known: set[Path]) -> dict[str, str]:
    """Return what a command made, by its path."""
    made = [path for path in set(files()) - known if path.is_file() and not path.name.startswith(".")]
    return {str(path): content(path) for path in made if path.name != "log" and not NOTES & set(path.parts)}


def unfinished() -> list[str]:
    return [str(path) for path in files() if UNFINISHED.fullmatch(path.name)]


def killed(case: Case, seconds: float, known: set[Path], whole: dict[str, str]) -> dict[str, Any]:
    """Return what one kill did: pictures computed again, and whether the second start made the same."""
    cleared(known)
    first = Worker(case)
    was = first.finish(seconds)
    done, left = first.pictures(), unfinished()
    second = Worker(case)
    second.finish()
    again = results(known)
    differing = sorted(path for path in whole.keys() | again.keys() if whole.get(path) != again.get(path))
    figures = {
        "seconds": round(seconds, 2),
        "killed": was,
        "pictures_before": done,
        "pictures_after": second.pictures(),
    }
    return figures | {"differing": differing, "unfinished_then": len(left), "unfinished_now": unfinished()}


def conducted(case: Case, moments: int, seed: int) -> dict[str, Any]:
    for words in case.before:
        subprocess.run([sys.executable, "-m", "explorer", *words], cwd=ROOT, check=True, capture_output=True)
    known = set(files())
    worker, start = Worker(case), time.perf_counter()
    worker.finish()
    seconds, total, whole = time.perf_counter() - start, worker.pictures(), results(known)
    draw = random.Random(seed)
    found: list[dict[str, Any]] = []
    while len(found) < moments:
        found.append(killed(case, draw.uniform(0, seconds), known, whole))
        print(f"{len(found)} of {moments}: {found[-1]}", file=sys.stderr)
    again = [one["pictures_before"] + one["pictures_after"] - total for one in found]
    return {
        "command": " ".join(case.words),
        "seconds_undisturbed": round(seconds, 2),
        "pictures": total,
        "files": len(whole),
        "killed": sum(one["killed"] for one in found),
        "most_pictures_computed_again": max(again),
        "all_the_same": not any(one["differing"] for one in found),
        "left_unfinished": sum(one["unfinished_then"] for one in found),
        "left_unfinished_after_the_next_start": sum(len(one["unfinished_now"]) for one in found),
        "moments": found,
    }


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--data", default="drawn", help="a folder for build, a .zip or .tar for archive")
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(words)
    case = CASES[given.case]
    chosen = replace(case, words=tuple(given.data if word == DATA else word for word in case.words))
    before = home.root()
    os.environ["EXPLORER_HOME"] = str(before / given.case)
    home.root().mkdir(parents=True, exist_ok=True)
    if not (home.root() / "weights").exists():
        (home.root() / "weights").symlink_to(before / "weights")
    print(json.dumps(conducted(chosen, given.moments, given.seed), indent=1))


if __name__ == "__main__":
    main()
