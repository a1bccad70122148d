"""The audit of a run: scores and evidence for wrong training labels, cached on disk."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from explorer.attribution.kronecker import feasible
from explorer.core.cached_result import CachedResult
from explorer.core.checksums import check_file, file_digest, read_manifest, write_manifest
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.files import writing_folder
from explorer.core.progress import Progress, silent
from explorer.evaluation.audit import WHOLE, Audit, Trusted, audit, detection_curve, rankings, voters
from explorer.evaluation.group_influence import set_influence
from explorer.runs.edits import edit_log
from explorer.runs.results.paths import AUDIT_VERSION, audit_folder
from explorer.runs.run import Run
from explorer.runs.whole_network.self_influence import load_self_influences
from explorer.runs.writer import save_arrays

# Of a class without any trusted image nothing can be said; with so few, what is said is weak, and the audit says so.
LEAST_TRUSTED, WEAK_TRUSTED = 1, 10
# What lies on disk: the facts, and the arrays by their names.
_Parts = tuple[dict[str, Any], dict[str, np.ndarray]]
# Of fewer misclassified images than this, "harms most of them" says little.
LEAST_ERRORS = 4


@dataclass(frozen=True, eq=False)
class AuditResult:
    """A finished audit.

    Attributes:
        run: that was audited.
        facts: λ, size of the trusted set, curves where truth is known.
        arrays: ``score``, ``suggested``, ``wrong``, ``gain`` and each ranking's evidence, ``(n,)`` each.
    """

    run: Run
    facts: dict[str, Any]
    arrays: dict[str, np.ndarray]

    @property
    def l2(self) -> float:
        """λ of the audit's own head."""
        return float(self.facts["l2"])

    @property
    def score(self) -> np.ndarray:
        """``(n,)``, large is suspect."""
        return self.arrays["score"]

    @property
    def suggested(self) -> np.ndarray:
        """The most probable other class ``(n,)`` of each image."""
        return self.arrays["suggested"]

    @property
    def wrong(self) -> np.ndarray:
        """The probability ``(n,)`` of a wrong label, by the noise model."""
        return self.arrays["wrong"]

    @property
    def curves(self) -> dict[str, Any]:
        """How many truly wrong labels each ranking finds; empty where no truth is known."""
        known, truth = dict(self.facts["curves"]), self.run.truth if self.facts["curves"] else None
        if self._whole is None or truth is None:
            return known
        return known | {
            WHOLE: {"audit": detection_curve(self._whole, truth != self.run.train_labels, self.run.head.l2)}
        }

    @cached_property
    def order(self) -> np.ndarray:
        """Training rows, the most suspect first."""
        return np.argsort(-self.score, kind="stable")

    @cached_property
    def voters(self) -> np.ndarray:
        """How many neighbours were asked about each label ``(n,)``."""
        return voters(self.run.train_labels)

    @property
    def caveats(self) -> list[str]:
        """Why this audit says less than another; empty where nothing weakens it."""
        names, sentences = self.run.class_names, []
        counts = np.bincount(self.run.test_labels[self.facts["trusted"]], minlength=len(names))
        if counts.min() < WEAK_TRUSTED:
            sentences.append(
                f"Few trusted test images show class {names[int(counts.argmin())]!r}, only {counts.min()}: what the queue "
                f"says of wrong labels there is weak; with {WEAK_TRUSTED} or more it would be firmer."
            )
        if not self.run.curvature.dense:
            sentences.append(
                "This last layer has too many weights to compute exactly how it bends around each image: self-influence "
                "and harm are estimates (Kronecker factors, George et al. 2018)."
            )
        return sentences

    @cached_property
    def evidence(self) -> dict[str, np.ndarray]:
        """Each ranking's figures ``(n,)``; large is suspect. That of the whole network is there where its training was replayed."""
        found = {name: self.arrays[f"evidence {name}"] for name in self.facts["rankings"]}
        return found if self._whole is None else found | {WHOLE: self._whole}

    @cached_property
    def _whole(self) -> np.ndarray | None:
        return load_self_influences(self.run.id)

    @cached_property
    def ranks(self) -> dict[str, np.ndarray]:
        """Each image's place ``(n,)`` in each ranking, 1 the most suspect; equal ones share the better place."""
        return {name: 1 + np.searchsorted(np.sort(-values), -values) for name, values in self.evidence.items()}

    @cached_property
    def standing(self) -> dict[str, np.ndarray]:
        """For each ranking the share ``(n,)`` of all images that are at least as suspect; small stands out."""
        return {name: 1 - (np.searchsorted(np.sort(v), v) / len(v)) for name, v in self.evidence.items()}


def audit_run(run: Run, trusted: str = "all", progress: Progress = silent) -> AuditResult:
    """Return the audit of a run, the kept one where it exists.

    Args:
        run: whose labels are doubted.
        trusted: ``all`` test images, ``even`` (every second), ``marked`` (those a person trusts), or the path of a file
            of test indices.
        progress: told what is done.

    Raises:
        ExplorerError: the trusted images do not exist or are too few.
    """
    rows = trusted_rows(run, trusted)
    return AuditResult(run, *_cached(run.id, rows).get_or_compute(lambda: _compute(run, rows, progress)))


def load_audit(run: Run, trusted: str = "all") -> AuditResult | None:
    """Return the audit of a run if it was computed before, else None.

    Raises:
        ExplorerError: the trusted images do not exist or are too few.
    """
    cached = _cached(run.id, trusted_rows(run, trusted)).load()
    return None if cached is None else AuditResult(run, *cached)


def trusted_rows(run: Run, trusted: str) -> np.ndarray:
    """Return the test rows that are trusted.

    Raises:
        ExplorerError: the file cannot be read, an index does not exist, or a class has too few.
    """
    every = np.arange(len(run.test_labels))
    if trusted == "marked":
        rows = np.array(sorted(edit_log.state(run.data_digest).trusted), dtype=int)
    else:
        rows = every[:: 2 if trusted == "even" else 1] if trusted in ("all", "even") else _listed(run, Path(trusted))
    counts = np.bincount(run.test_labels[rows], minlength=len(run.class_names))
    if counts.min() < LEAST_TRUSTED:
        few = run.class_names[int(counts.argmin())]
        raise ExplorerError(
            f"No trusted test image is of class {few!r}; an audit needs at least {LEAST_TRUSTED} of every class."
        )
    return rows


def _listed(run: Run, path: Path) -> np.ndarray:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ExplorerError(
            f"The trusted images are {str(path)!r}; give all, even, marked, or a text file of test indices ({error})."
        ) from error
    parts = [part for part in re.split(r"[\s,;\[\]]+", text) if part]
    if strange := [part for part in parts if not re.fullmatch(r"\d{1,9}", part)]:
        raise ExplorerError(f"{path} holds {strange[0][:40]!r}; it must hold whole numbers, one test index each.")
    return np.unique([run.check_test(int(part)) for part in parts]).astype(int)


def _cached(run_id: str, rows: np.ndarray) -> CachedResult[_Parts]:
    return CachedResult(audit_folder(run_id, rows), _read, _write)


def _read(folder: Path) -> _Parts:
    facts, path = read_manifest(folder / "manifest.json"), folder / "arrays.safetensors"
    if facts.get("version", 1) != AUDIT_VERSION:
        raise DamagedError(f"{folder} was written by another version.")
    check_file(path, facts["checksum_of_arrays"])
    return facts, load_file(path)


def _write(folder: Path, parts: _Parts) -> None:
    facts, arrays = parts
    with writing_folder(folder) as working:
        save_arrays(working, arrays)
        checksum = file_digest(working / "arrays.safetensors")
        write_manifest(working / "manifest.json", facts | {"checksum_of_arrays": checksum})


def _compute(run: Run, rows: np.ndarray, progress: Progress) -> _Parts:
    trusted = Trusted(np.asarray(run.test_features[rows]), run.test_labels[rows])
    outcome = audit(run.head, trusted, progress)
    evidence = {f"evidence {name}": values for name, values in outcome.evidence.items()}
    cells, harmed = harmed_cells(run, rows)
    arrays = {
        "harmed": harmed,
        "score": outcome.score,
        "suggested": outcome.noise.suggested,
        "wrong": outcome.noise.wrong,
        "gain": outcome.gain,
    }
    wrong = None if run.truth is None else np.asarray(run.truth != run.train_labels)
    curves = {} if wrong is None else _curves(run, outcome, trusted, wrong, progress)
    facts = {"version": AUDIT_VERSION, "run": run.id, "l2": outcome.l2, "trusted": rows.tolist()}
    facts |= {"rankings": list(outcome.evidence), "cells": cells, "transition": outcome.noise.transition.tolist()}
    facts["curves"] = curves
    return facts, arrays | evidence


def _curves(run: Run, outcome: Audit, trusted: Trusted, wrong: np.ndarray, progress: Progress) -> dict[str, Any]:
    """Return what every ranking finds of the labels known to be wrong, at the run's λ and at the audit's."""
    progress("Comparing the rankings with the truth", 0, 1)
    curves = {"queue": {"audit": detection_curve(outcome.score, wrong, outcome.l2)}}
    heads = {"run": (run.head.l2, rankings(feasible(run.curvature), trusted)), "audit": (outcome.l2, outcome.evidence)}
    for where, (l2, evidence) in heads.items():
        for name, values in evidence.items():
            curves.setdefault(name, {})[where] = detection_curve(values, wrong, l2)
    progress("Comparing the rankings with the truth", 1, 1)
    return curves


def harmed_cells(run: Run, trusted: np.ndarray) -> tuple[list[dict[str, object]], np.ndarray]:
    """Return the cells of misclassified trusted images and of how many in each a training image is a leading culprit.

    Args:
        run: whose default estimator scores.
        trusted: test rows.

    Returns:
        For each cell its ``label``, ``predicted`` and number of ``errors``; and counts ``(cells, n)``.
    """
    cells: list[dict[str, object]] = []
    counts = [np.empty((0, len(run.train_labels)), dtype=np.int64)]
    for label, predicted in np.ndindex(len(run.class_names), len(run.class_names)):
        rows = trusted[(run.test_labels[trusted] == label) & (run.predicted[trusted] == predicted)]
        if label == predicted or len(rows) < LEAST_ERRORS:
            continue
        names = {"label": run.class_names[label], "predicted": run.class_names[predicted]}
        cells.append(names | {"errors": len(rows)})
        counts.append(set_influence(run.scorer(run.default_method), run.tests_of(rows)).harmed[None])
    return cells, np.concatenate(counts)
