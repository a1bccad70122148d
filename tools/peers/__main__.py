"""``make bench-peers``: libraries of data attribution and our own methods on one network, in turns, each in its own process.

The network is that of a run of ``small-cnn-smooth`` (``--run NAME``, in ``EXPLORER_HOME``), whose recorded training, basis and
retrainings are used as they are kept, or one that is trained here. Prints the table of ``docs/benchmarks.md`` and writes JSON: for
each method the seconds to prepare, for one question and for a hundred (by the clock / of the processor), the most memory, bytes
that are kept, Spearman's correlation with the exact derivative, and the linear datamodeling score with its 95 % interval at each
share, against the retrainings that ``trust --whole`` kept of the run, or those of ``--truth``.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer.core.progress import silent
from explorer.models.smooth_cnn import Recipe
from explorer.runs.store import open_run
from explorer.runs.whole_network.trust_plan import SHARES, TESTS, TrustPlan, shares_of
from tools.peers import absent, table
from tools.peers.building import built, exact, training_of
from tools.peers.judging import Known, Truths, beside, truths
from tools.peers.kept_run import KeptRun
from tools.peers.problem import Problem
from tools.peers.rounds import Rounds


def main() -> None:
    """Build the problem, measure in turns, judge, print."""
    asked = _asked()
    torch.set_num_threads(asked.threads)
    with tempfile.TemporaryDirectory() as place:
        problem, known = _of_run(asked) if asked.run else _built(asked, Path(place))
        problem.save(Path(place))
        limits = (asked.rounds, asked.threads, asked.memory, asked.seconds)
        rows = Rounds(Path(place), *limits, tuple(asked.only)).run()
        found = list(known.judged_rows(rows)) + ([] if asked.only else absent.reasons())
        facts = _facts(asked, problem, known) | {"ekfac_beside_kronfluence": beside(rows), "methods": found}
    asked.json.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    sys.stdout.write(table.markdown(found))


def _facts(asked: argparse.Namespace, problem: Problem, known: Known) -> dict[str, Any]:
    kept = {share: [len(block.dropped) for block in blocks] for share, blocks in known.own.items()}
    other = {share: [len(block.dropped) for block in blocks] for share, blocks in known.other.items()}
    facts = {"run": asked.run, "images": problem.images, "weights": problem.training.network.size}
    facts |= {"questions": len(problem.rows), "exact": asked.exact, "threads": asked.threads, "rounds": asked.rounds}
    return facts | {"retrainings": kept, "retrainings_other_seeds": other, "load": os.getloadavg()}


def _of_run(asked: argparse.Namespace) -> tuple[Problem, Known]:
    """Return a run and what it keeps."""
    kept = KeptRun.of(open_run(asked.run), asked.questions)
    own, other = kept.truths(TrustPlan(shares_of(asked.shares), asked.retrainings, asked.seeds))
    own |= _files(asked, kept.problem.rows)
    return kept.problem, Known({"margin": kept.exact(asked.exact)} if asked.exact else {}, TESTS, own, other)


def _built(asked: argparse.Namespace, place: Path) -> tuple[Problem, Known]:
    """Return a training that is made now."""
    plain = Recipe()
    recipe = replace(plain, epochs=asked.epochs or plain.epochs, seed=asked.seed)
    training, pixels, targets = training_of(asked.dataset, asked.limit, asked.size, recipe, silent)
    rows = np.arange(min(asked.questions, len(targets)))
    problem = built(training, pixels, targets, rows, place, silent)
    return problem, Known(exact(problem, asked.exact) if asked.exact else {}, len(rows), _files(asked, rows))


def _files(asked: argparse.Namespace, rows: np.ndarray) -> Truths:
    return truths(asked.truth, rows) if asked.truth else {}


def _asked() -> argparse.Namespace:
    words = argparse.ArgumentParser(prog="python -m tools.peers", description=__doc__)
    words.add_argument("--run", default="", help="name of a run of small-cnn-smooth; else one training is made here")
    words.add_argument("--dataset", default="cats-vs-dogs", help="without --run")
    words.add_argument("--limit", type=int, default=2000, help="training images, without --run")
    words.add_argument("--size", type=int, default=32)
    words.add_argument("--epochs", type=int, help="of the training; the recipe's own where it is not given")
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--questions", type=int, default=100, help="test pictures that are asked")
    words.add_argument("--exact", type=int, default=10, help="of them, with the exact derivative; a run keeps it")
    words.add_argument("--rounds", type=int, default=2)
    words.add_argument("--threads", type=int, default=1)
    words.add_argument("--memory", type=float, default=16, help="gigabytes of addresses that a process may have")
    words.add_argument("--seconds", type=float, default=3600, help="after which a method is given up")
    words.add_argument("--only", nargs="*", default=[], help="parts of names of methods")
    words.add_argument("--shares", default=SHARES, help="with --run: percentages whose kept retrainings count")
    words.add_argument("--retrainings", type=int, default=100, help="with --run: at each share at most")
    words.add_argument("--seeds", type=int, default=3, help="with --run: other seeds at most")
    words.add_argument("--truth", type=Path, help="folder of .npz files: subsets, margins, whole, test_rows")
    words.add_argument("--json", type=Path, default=Path("peers.json"))
    return words.parse_args()


if __name__ == "__main__":
    main()
