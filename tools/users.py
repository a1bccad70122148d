"""Ten people at once on one server, each with images, methods and edits of their own (:mod:`tools.walking`).

``python -m tools.users --users 10 --clicks 20 --json`` starts a server over a run of ``EXPLORER_HOME``, in a home of its own
where each browser has edits of its own; ``--base ADDRESS`` or ``--port N`` walk on a server that runs, and edit its data. All
users are contexts of one Chromium, which shares the machine with the server. What the pages explained is compared with the
program's own scores when all is over.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, async_playwright

from explorer.attribution import ESTIMATORS
from explorer.core import home
from explorer.runs.results.explanation import explain
from explorer.runs.store import open_run, resolve
from explorer.runs.whole_network.explanations import explain_whole
from explorer.runs.whole_network.methods import METHODS
from tools.walking import Seen, User

ROOT = Path(__file__).parents[1]
# Ten browsers that load the program at once on two cores take 15 s; what takes longer than this has failed.
SLOWEST_MS = 120_000
# A server that does not answer by then has failed.
START_SECONDS = 60
# Nobody clicks again at once: a person looks at the page for one to three seconds.
LOOKS = (1.0, 3.0)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# The clicks that are told one by one: a twentieth of 10 users' 200.
SLOWEST = 10
# Training images in each gallery of a page.
TOP = 24


@dataclass(frozen=True)
class Walk:
    """How people walk.

    Attributes:
        users: at once.
        clicks: of each.
        looks: least and most seconds between two clicks.
        seed: decides what each of them clicks.
        apart: whether the server keeps the edits of each browser apart.
    """

    users: int = 10
    clicks: int = 20
    looks: tuple[float, float] = LOOKS
    seed: int = 0
    apart: bool = True


async def walked(base: str, walk: Walk) -> Seen:
    """Return what all users saw who walked at once."""
    seen = Seen()
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=os.environ.get("EXPLORER_CHROMIUM") or None, args=FLAGS)
        people = [await _person(browser, base, walk, seen, number) for number in range(walk.users)]
        ends = await asyncio.gather(*(person.walk(walk.clicks) for person in people), return_exceptions=True)
        seen.wrong += [f"user {number}: {end!r}" for number, end in enumerate(ends) if end is not None]
        await browser.close()
    return seen


async def _person(browser: Browser, base: str, walk: Walk, seen: Seen, number: int) -> User:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(SLOWEST_MS)
    return User(number, page, base, walk.looks, seen, np.random.default_rng((walk.seed, number)), walk.apart)


def mixed_up(run_name: str, seen: Seen) -> list[str]:
    """Return the explanations whose galleries were not those that the program computes for what was asked."""
    run, found = open_run(run_name), []
    for test, method, target, *rows in seen.explained:
        known = (explain_whole if method in METHODS else explain)(run, test, method, TOP, target)
        sides = [[entry.train_index for entry in side] for side in (known.helpful, known.harmful)]
        if sides != rows:
            found.append(f"test image {test}, {method}, {target}: the page showed {rows}, they are {sides}")
    return found


@contextmanager
def served(run_name: str) -> Iterator[tuple[str, int]]:
    """Yield address and process of a new server whose default run is this one, in a home without edits."""
    with home_beside(run_name) as folder, server_of(folder) as found:
        yield found


@contextmanager
def home_beside(run_name: str) -> Iterator[Path]:
    """Yield a home whose default run is this one: no edits, no results, the data of the present one."""
    run_id, known = resolve(run_name), home.root()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "runs/names").mkdir(parents=True)
        (here / "runs/names/default").write_text(run_id)
        for name in ("data", "weights", f"runs/{run_id}", f"recordings/{run_id}", f"whole_network/{run_id}"):
            (here / name).parent.mkdir(exist_ok=True)
            (here / name).symlink_to(known / name)
        yield here


@contextmanager
def server_of(folder: Path, edits: str = "apart") -> Iterator[tuple[str, int]]:
    """Yield address and process of a new server over a home, where each browser's edits are its own; nothing is computed unasked."""
    own = {"EXPLORER_HOME": str(folder), "EXPLORER_EDITS": edits}
    with _server({"EXPLORER_BACKGROUND": "0"} | os.environ | own) as found:
        yield found


@contextmanager
def _server(environment: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    port = _free_port()
    words = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
    process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=2)
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"No server answers at {address}.")


def memory(pid: int) -> dict[str, float]:
    """Return how much memory a process takes now, and took at most, in MB; its memory-mapped files among them."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: round(int(lines[key].split()[0]) / 1000) for name, key in (("now", "VmRSS"), ("peak", "VmHWM"))}


def busy_seconds(pid: int = 0) -> float:
    """Return the processor seconds that a process took so far, or all processes where ``pid`` is 0."""
    ticks = os.sysconf("SC_CLK_TCK")
    if pid:
        return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13])) / ticks
    user, nice, system = Path("/proc/stat").read_text().split()[1:4]
    return (int(user) + int(nice) + int(system)) / ticks


def browser_seconds(besides: int) -> float:
    """Return the processor seconds of all processes that this one began and that still run, but for the process ``besides``."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
    mine = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in mine and pid not in mine and pid != besides}:
        mine |= more
    total = 0.0
    for pid in mine - {os.getpid()}:
        with suppress(OSError):
            total += busy_seconds(pid)
    return total


def figures(seen: Seen) -> dict[str, object]:
    """Return what was seen as plain values; times in milliseconds."""
    times = np.array([ms for _, ms, _ in seen.clicks]) if seen.clicks else np.zeros(1)
    kinds = sorted({kind for kind, *_ in seen.clicks})
    each = {kind: [ms for other, ms, _ in seen.clicks if other == kind] for kind in kinds}
    slowest = sorted(seen.clicks, key=lambda click: -click[1])[:SLOWEST]
    return {
        "clicks": len(seen.clicks),
        "median_ms": round(float(np.median(times))),
        "p95_ms": round(float(np.quantile(times, 0.95))),
        "longest_ms": round(float(times.max())),
        "step_by_step_and_others_clicks_and_p95_ms": [_tail(seen, True), _tail(seen, False)],
        "by_kind_median_and_longest_ms": {kind: [round(np.median(ms)), round(max(ms))] for kind, ms in each.items()},
        "slowest": [[kind, round(ms), method] for kind, ms, method in slowest],
        "opening_ms": [round(ms) for ms in seen.opened],
        "explanations_compared": len(seen.explained),
        "errors": seen.wrong,
        "mixed": seen.mixed,
    }


def _tail(seen: Seen, iterative: bool) -> list[int]:
    """Return how many clicks had a method that solves step by step to compute, or had not, and their 95th percentile."""
    times = [ms for _, ms, name in seen.clicks if (name in ESTIMATORS and ESTIMATORS[name].iterative) == iterative]
    return [len(times), round(float(np.quantile(times, 0.95)))] if times else [0, 0]


def measured(base: str, pid: int, asked: argparse.Namespace) -> dict[str, object]:
    """Walk, and return the figures with what the server took."""
    begun, server, all_ = time.perf_counter(), busy_seconds(pid) if pid else 0.0, busy_seconds()
    least, most = asked.looks
    walk = Walk(asked.users, asked.clicks, (least, most), asked.seed, asked.apart or not (asked.base or asked.port))
    seen = asyncio.run(walked(base, walk))
    found: dict[str, object] = {"users": asked.users, "clicks_each": asked.clicks}
    found["seconds"] = round(time.perf_counter() - begun, 1)
    found["busy_seconds_of_the_machine"] = round(busy_seconds() - all_, 1)
    if pid:
        found |= {"busy_seconds_of_the_server": round(busy_seconds(pid) - server, 1), "server_mb": memory(pid)}
    seen.mixed += mixed_up(asked.run, seen)
    return found | figures(seen)


def main() -> None:
    """Read the words of the command line, walk, and print what was measured."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--base", help="address of a server that runs; its edits are written")
    words.add_argument("--port", type=int, help="the same on this machine")
    words.add_argument("--pid", type=int, default=0, help="of that server, for its memory")
    words.add_argument("--run", default="default", help="name of the run; with --base, the server's default")
    words.add_argument("--users", type=int, default=10)
    words.add_argument("--clicks", type=int, default=20, help="of each user")
    words.add_argument("--looks", type=float, nargs=2, default=LOOKS, help="least and most seconds between two clicks")
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--apart", action="store_true", help="that server runs with EXPLORER_EDITS=apart")
    words.add_argument("--json", action="store_true", help="one line")
    asked = words.parse_args()
    base = asked.base or (f"http://127.0.0.1:{asked.port}" if asked.port else "")
    if base:
        found = measured(base.rstrip("/"), asked.pid, asked)
    else:
        with served(asked.run) as (own, pid):
            found = measured(own, pid, asked)
    print(json.dumps(found, indent=None if asked.json else 1, ensure_ascii=False))
    sys.exit(1 if found["errors"] or found["mixed"] else 0)


if __name__ == "__main__":
    main()
