"""All methods in turns, a process each, several times."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tools.peers.measure import methods, reason

LIBRARIES = ("of_ours", "of_kronfluence", "of_traker", "of_dattri", "of_captum")
# Figures of several rounds become their medians.
TIMES = ("prepare", "one", "hundred")


@dataclass(frozen=True)
class Rounds:
    """How methods are measured.

    Attributes:
        folder: with the problem.
        rounds: how often each.
        threads: of a process.
        memory: gigabytes of addresses a process may have.
        seconds: after which a method is given up.
        only: parts of names; methods without any of them are left out. Empty: all.
    """

    folder: Path
    rounds: int
    threads: int
    memory: float
    seconds: float
    only: tuple[str, ...] = ()

    def run(self) -> list[dict[str, Any]]:
        """Return the figures of each method, those of a method that failed with its ``reason``; scores lie in the folder."""
        chosen, missing = self._chosen()
        found: dict[str, list[dict[str, Any]]] = {method: [] for _, method in chosen}
        for _ in range(self.rounds):
            for place, (library, method) in enumerate(chosen):
                if not any("reason" in row for row in found[method]):
                    found[method].append(self._measured(library, method, self.folder / f"method{place}"))
        return [merged(rows) for rows in found.values()] + missing

    def _chosen(self) -> tuple[list[tuple[str, str]], list[dict[str, Any]]]:
        chosen, missing = [], []
        for library in LIBRARIES:
            try:
                chosen += [(library, method) for method in methods(library) if self._wanted(method)]
            except Exception as error:  # a library of another version may fail in any way while it is imported
                missing.append({"method": library.removeprefix("of_"), "reason": reason(error)})
        return chosen, missing

    def _wanted(self, method: str) -> bool:
        return not self.only or any(part in method for part in self.only)

    def _measured(self, library: str, method: str, output: Path) -> dict[str, Any]:
        sys.stderr.write(f"{method}\n")
        limits = ["--threads", str(self.threads), "--memory", str(self.memory)]
        command = [sys.executable, "-m", "tools.peers.measure", library, method, str(self.folder), str(output), *limits]
        threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(self.threads))
        quiet = {"TQDM_DISABLE": "1", "PYTHONWARNINGS": "ignore"}
        try:
            ended = subprocess.run(
                command, env=os.environ | threads | quiet, capture_output=True, text=True, timeout=self.seconds
            )
        except subprocess.TimeoutExpired:
            return {"method": method, "reason": f"not done after {self.seconds:.0f} s"}
        written = output.with_suffix(".json")
        if ended.returncode or not written.exists():
            return {
                "method": method,
                "reason": f"its process ended with {ended.returncode}: {ended.stderr.strip()[-200:]}",
            }
        sys.stderr.write(ended.stderr[-2000:])
        return json.loads(written.read_text(encoding="utf-8")) | {"scores": str(output.with_suffix(".npz"))}


def merged(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one row of the figures of several rounds: medians of times, the largest memory."""
    failed = [row for row in rows if "reason" in row]
    if failed:
        return failed[0]
    times = {name: {key: median(row[name][key] for row in rows) for key in rows[0][name]} for name in TIMES}
    return rows[-1] | times | {"peak_megabytes": max(row["peak_megabytes"] for row in rows), "rounds": len(rows)}
