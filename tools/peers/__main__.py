"""``make bench-peers``: libraries of data attribution and our own methods on one network, in turns, each in its own process.

The network is a ``small-cnn-smooth`` that is trained here. Prints the table of ``docs/benchmarks.md`` and writes JSON: for each
method the seconds to prepare, for one question and for a hundred (by the clock / of the processor), the most memory, bytes that
are kept, Spearman's correlation with the exact derivative (losses / margins), and the linear datamodeling score at each share
where ``--truth`` names a folder of retrainings of the same network.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from explorer.core.progress import silent
from explorer.models.smooth_cnn import Recipe
from tools.peers import absent, table
from tools.peers.building import built, exact, training_of
from tools.peers.rounds import Rounds, judged


def main() -> None:
    """Build the problem, measure in turns, judge, print."""
    asked = _asked()
    torch.set_num_threads(asked.threads)
    plain = Recipe()
    recipe = replace(plain, epochs=asked.epochs or plain.epochs, seed=asked.seed)
    training, pixels, targets = training_of(asked.dataset, asked.limit, asked.size, recipe, silent)
    rows = np.arange(min(asked.questions, len(targets)))
    with tempfile.TemporaryDirectory() as place:
        problem = built(training, pixels, targets, rows, Path(place), silent)
        known = exact(replace(problem, folder=Path(place)).recording, problem, asked.exact)
        rounds = Rounds(Path(place), asked.rounds, asked.threads, asked.memory, asked.seconds, tuple(asked.only))
        found = list(judged(rounds.run(), known, rows, asked.truth)) + ([] if asked.only else absent.reasons())
    facts = {"images": problem.images, "questions": len(rows), "exact": asked.exact, "threads": asked.threads}
    facts |= {"load": os.getloadavg(), "methods": found}
    asked.json.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    sys.stdout.write(table.markdown(found))


def _asked() -> argparse.Namespace:
    words = argparse.ArgumentParser(prog="python -m tools.peers", description=__doc__)
    words.add_argument("--dataset", default="cats-vs-dogs")
    words.add_argument("--limit", type=int, default=2000, help="training images")
    words.add_argument("--size", type=int, default=32)
    words.add_argument("--epochs", type=int, help="of the training; the recipe's own where it is not given")
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--questions", type=int, default=100, help="test pictures that are asked")
    words.add_argument("--exact", type=int, default=10, help="of them, with the exact derivative")
    words.add_argument("--rounds", type=int, default=2)
    words.add_argument("--threads", type=int, default=1)
    words.add_argument("--memory", type=float, default=16, help="gigabytes of addresses that a process may have")
    words.add_argument("--seconds", type=float, default=3600, help="after which a method is given up")
    words.add_argument("--only", nargs="*", default=[], help="parts of names of methods")
    words.add_argument("--truth", type=Path, help="folder of .npz files: subsets, margins, whole, test_rows")
    words.add_argument("--json", type=Path, default=Path("peers.json"))
    return words.parse_args()


if __name__ == "__main__":
    main()
