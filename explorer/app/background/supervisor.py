"""The thread that lets long work begin when its turn comes, and computes unasked what pages would otherwise offer."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from explorer.app.background.pausing import Pauser, pauser
from explorer.core.errors import ExplorerError
from explorer.core.resources import PACKAGE
from explorer.runs import jobs, store
from explorer.runs.build.cost import available_memory
from explorer.runs.edits import edit_scope
from explorer.runs.work.worker_process import NICE_BACKGROUND, ONE_THREAD

# 0 switches off what is computed unasked; the queue of what people ask for stays.
VARIABLE = "EXPLORER_BACKGROUND"
# How often the thread looks: a process that stands still must go on soon after the last click.
TICK_SECONDS, LOOK_EVERY = 0.25, 4
# Nothing is computed unasked where programs may take less than this many bytes.
LEAST_MEMORY = 2 * 2**30
PLANNER = "explorer.app.background.missing"


def is_wanted() -> bool:
    """Return whether the server may compute what nobody asked for."""
    return os.environ.get(VARIABLE, "").strip() != "0"


@dataclass
class Supervisor:
    """What the thread knows.

    Attributes:
        wanted: whether it computes what nobody asked for.
        known: when the names of runs had changed at the last look for what is missing; 0 before the first.
        tried: works that were begun already; what failed or was cancelled is not begun again.
        planner: the process that looks for what is missing, while it does.
    """

    wanted: bool
    pauser: Pauser = pauser
    known: int = 0
    tried: set[tuple[str, ...]] = field(default_factory=set)
    planner: "subprocess.Popen[str] | None" = None
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look again and again until the server ends."""
        ticks = 0
        while not self.over.wait(TICK_SECONDS):
            self.pauser.settle()
            ticks += 1
            if ticks % LOOK_EVERY == 0:
                # a full disk, or a home that was removed: the pages say so
                with suppress(ExplorerError, OSError), edit_scope.as_owner(""):  # nobody's browser asks
                    self.look()

    def look(self) -> None:
        """Let what waits begin, and look for what is missing where runs have changed."""
        listed = jobs.jobs()
        running = next((job for job in listed if job.state == "running"), None)
        self.pauser.watch(running if running is not None and running.background else None)
        if self.wanted:
            self._plan()
            if running is None and any(job.state == "waiting" for job in listed) and self._may_begin():
                jobs.advance(background=True)

    def _may_begin(self) -> bool:
        memory = available_memory()
        return not self.pauser.people_click() and (memory is None or memory >= LEAST_MEMORY)

    def _plan(self) -> None:
        """Look for what is missing, in a process of its own, whenever names of runs have changed; enqueue what it found."""
        if self.planner is not None:
            if self.planner.poll() is not None:
                self._enqueue(self.planner.communicate()[0])
                self.planner = None
        elif (changed := store.names_changed()) != self.known and not self.pauser.people_click():
            self.known = changed
            self.planner = subprocess.Popen(
                [sys.executable, "-m", PLANNER],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                cwd=PACKAGE.parent,
                env=os.environ | ONE_THREAD,
                preexec_fn=lambda: os.nice(NICE_BACKGROUND),
            )

    def _enqueue(self, printed: str) -> None:
        for words in json.loads(printed or "[]"):
            if tuple(words) not in self.tried:
                self.tried.add(tuple(words))
                jobs.start(words[0], run_of(words), words, background=True)

    def end(self) -> None:
        """Stop what nobody asked for."""
        self.over.set()
        if self.planner is not None:
            self.planner.kill()
            self.planner.wait()
        with suppress(ExplorerError, OSError):
            jobs.clear_background()


def run_of(words: Sequence[str]) -> str:
    """Return the name of the run in a command line."""
    return words[words.index("--run") + 1]


def begin() -> Supervisor:
    """Start the thread of a server."""
    made = Supervisor(is_wanted())
    with suppress(ExplorerError, OSError):
        jobs.clear_background()  # what a server that was killed has left
    threading.Thread(target=made.run, daemon=True).start()
    return made
