"""What is known of one long work: a row of the table ``jobs``."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# States of a job that is not over.
ACTIVE = ("waiting", "running")


@dataclass(frozen=True)
class Job:
    """Long work in a process of its own.

    Attributes:
        kind: ``build``, ``trust`` or ``retrain``.
        name: of the run.
        state: ``waiting`` for its turn, ``running``, ``done``, ``failed`` or ``cancelled``.
        done: finished units of ``stage``, of ``total``.
        curve: training losses so far, ``[epoch, loss]``.
        message: why it failed; while it runs, how long it still takes.
        started: when it began; while it waits, when it was asked for.
        argv: its command line; empty where an older version began it.
        owner: whose edits it reads and writes; empty where all share them.
        background: whether the program does it unasked; such work yields to whatever a person asks for.
        whole: finished share of the whole work, 0 to 1; None where an older version began it.
        left: seconds that the whole work still takes; None where that is not known.
        pid: of its process; 0 while it waits.
        turn: works that wait begin in the order of these numbers.
        moved: whether a person chose its turn.
    """

    id: str
    kind: str
    name: str
    state: str
    stage: str
    done: float
    total: float
    curve: list[list[float]]
    message: str
    started: float
    updated: float
    argv: Sequence[str] = ()
    owner: str = ""
    background: bool = False
    whole: float | None = None
    left: float | None = None
    pid: int = 0
    turn: float = 0.0
    moved: bool = False

    @property
    def share(self) -> float:
        """Finished share of the whole work, 0 to 1; of the stage, where only that is known."""
        if self.whole is not None:
            return min(1.0, self.whole)
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ACTIVE

    @property
    def work(self) -> tuple[str, str, tuple[str, ...], str]:
        """What is done for whom; two jobs with the same are the same work."""
        return self.kind, self.name, tuple(self.argv), self.owner


def of_row(row: dict[str, Any]) -> Job:
    """Return the job of a row and its ``place`` in the table; what older versions did not write yet has its default."""
    config, curve = json.loads(row.pop("config")), json.loads(row.pop("curve"))
    known = {
        "kind": config.get("kind", "build"),
        "argv": config.get("words", []),
        "owner": config.get("owner", ""),
        "background": bool(config.get("background")),
        "whole": config.get("whole"),
        "left": config.get("left"),
        "turn": config.get("turn", row.pop("place", 0.0)),
        "moved": bool(config.get("moved")),
    }
    return Job(**row | known | {"curve": curve, "pid": row["pid"] or 0})
