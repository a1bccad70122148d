"""Answers about a run's whole network for all browsers: whether one can be given at once, what makes it, and what it says.

The server reads what is kept and never loads torch (decision 0006 has what that would cost a click): what needs a backward pass is
asked of a process of its own.
"""

import base64
import sys
from dataclasses import dataclass

import numpy as np

from explorer.app.components.methods.whole_methods import has_whole_methods
from explorer.core.errors import ExplorerError
from explorer.runs.influence_maps.map_worker import MapWorker, Pair
from explorer.runs.results.explanation import Attribution, Explanation
from explorer.runs.run import Run
from explorer.runs.whole_network import explanations
from explorer.runs.whole_network.asked import Answer, Asked
from explorer.runs.whole_network.effects import effects as effects_by_basis
from explorer.runs.whole_network.effects import shares_held
from explorer.runs.whole_network.kept_basis import FIRST, groups_replayed, load_basis, load_tests
from explorer.runs.whole_network.kept_files import folder_of, load_epochs
from explorer.runs.whole_network.methods import AVERAGE
from explorer.runs.whole_network.network_outputs import probabilities
from explorer.runs.whole_network.other_seeds import USUAL_SEEDS, folder_of_seed, replayed_seeds
from explorer.runs.whole_network.whole import whole_of

WHERE = "Explain has the button that computes it."
worker = MapWorker((sys.executable, "-m", "explorer.app.whole_worker"))


@dataclass(frozen=True)
class Needed:
    """The work that must be done before a method can answer.

    Attributes:
        kind: of the work, as jobs are called.
        options: words of its command beside the run.
    """

    kind: str
    options: tuple[str, ...]


class NotThereYetError(ExplorerError):
    """An answer that first needs a long work."""


def needed(run: Run, index: int, method: str, target: str | None = None) -> Needed | None:
    """Return the work that a method needs before it explains a test image; None where it answers at once."""
    folder, label = folder_of(run.id), target or run.class_names[run.test_labels[index]]
    if method == "replay-basis":
        return basis_needed(run)
    if method == AVERAGE:
        return average_needed(run)
    asked = exact_options(index, target)
    if method == "unrolled":
        names = Asked([run.class_index(label)], [index]).names
        return None if load_epochs(folder, names) is not None and _has_logits(run) else Needed("exact", asked)
    there = any(folder.glob(f"{method}-*.safetensors")) and _has_logits(run)
    return None if there else Needed("index", ("--method", method, *asked))


def basis_needed(run: Run) -> Needed | None:
    """Return the work that every answer of ``replay-basis`` needs; None where it is done."""
    folder = folder_of(run.id)
    there = load_basis(folder) is not None and load_tests(folder) is not None
    return None if there else Needed("replay-basis", ("--directions", str(FIRST)))


def average_needed(run: Run) -> Needed | None:
    """Return the work that every answer of ``replay-average`` needs; None where a training from another seed can be asked too."""
    there = basis_needed(run) is None and bool(replayed_seeds(run))
    return None if there else Needed(AVERAGE, ("--seeds", str(USUAL_SEEDS), "--directions", str(FIRST)))


def exact_options(index: int, target: str | None) -> tuple[str, ...]:
    """Return the words by which a command is asked about a test image and the class attributed to."""
    return ("--test", str(index), *(("--target-class", target) if target else ()))


def _has_logits(run: Run) -> bool:
    """Return whether it is kept what the network's own last layer says: the first answer of any kind leaves it there."""
    return (folder_of(run.id) / "logits.npy").is_file()


def own_logits(run: Run) -> np.ndarray | None:
    """Return what the network's own last layer says of the test images ``(m, C)``; None where it is not kept yet, or no training is."""
    if not has_whole_methods(run):
        return None
    there = _has_logits(run) or load_tests(folder_of(run.id)) is not None
    return whole_of(run).logits if there else None


def own_shares(run: Run, index: int) -> np.ndarray | None:
    """Return the probabilities ``(C,)`` that the network's own last layer gives a test image; None as :func:`own_logits`."""
    logits = own_logits(run)
    return None if logits is None else probabilities(logits[[index]])[0]


def grown(run: Run, method: str) -> int:
    """Return how far a method's answers have grown: they are others once more directions are replayed."""
    own = groups_replayed(folder_of(run.id)) if method in ("replay-basis", AVERAGE) else 0
    others = replayed_seeds(run) if method == AVERAGE else []
    return own + sum(groups_replayed(folder_of_seed(run.id, seed)) for seed in others)


def explain(run: Run, index: int, method: str, top: int, target: str | None = None) -> Explanation:
    """Return the explanation of one test image by its run's whole network.

    Raises:
        NotThereYetError: it needs a long work first.
        ExplorerError: image or class do not exist, or the run keeps no training.
    """
    if needed(run, run.check_test(index), method, target) is not None:
        raise NotThereYetError(f"This answer is not there yet for test image {index}; {WHERE}")
    if method in ("replay-basis", AVERAGE, "unrolled"):
        return explanations.explain_whole(run, index, method, top, target)
    label = run.class_names[run.test_labels[index]]
    logits, answer = _asked(run, {"test": index, "method": method, "target": target or label})
    found = explanations.attribution_of(run, method, logits, run.class_index(target or label), answer, top)
    return Explanation(**vars(found), index=index, label=label)


def explain_picture(run: Run, content: bytes, method: str, top: int, target: str | None = None) -> Attribution:
    """Return the explanation of a picture of one's own, the bytes of a file, for its predicted class unless another is given.

    Raises:
        ExplorerError: the bytes are no picture, the class does not exist, or the process that computes it died.
    """
    picture = base64.b64encode(content).decode()
    logits, answer = _asked(run, {"test": None, "picture": picture, "method": method, "target": target})
    row = int(logits.argmax()) if target is None else run.class_index(target)
    return explanations.attribution_of(run, method, logits, row, answer, top)


def _asked(run: Run, question: Pair) -> tuple[np.ndarray, Answer]:
    """Return what the network says of a picture ``(C,)``, and the scores, from the process that has torch."""
    found = worker.layers(run.id, question)
    numbers = {name: np.frombuffer(content, dtype=np.float64) for name, content in found.items()}
    held = float(numbers["held"][0]) if len(numbers["held"]) else None
    return numbers["logits"], Answer(numbers["scores"][None], held, int(numbers["trainings"][0]))


def effects(run: Run, train_index: int) -> np.ndarray:
    """Return the scores ``(m,)`` of one training image on all test images by the basis, nats.

    Raises:
        NotThereYetError: no direction is replayed yet.
    """
    folder = folder_of(run.id)
    basis, tests = load_basis(folder), load_tests(folder)
    if basis is None or tests is None:
        raise NotThereYetError(f"Whole network, instant is not there yet; {WHERE}")
    return effects_by_basis(basis, tests, run.test_labels, run.check_train(train_index))


def held(run: Run, rows: np.ndarray) -> float | None:
    """Return about which part of the exact answers on some test images the basis holds in the mean, 0 to 1; None before it has begun."""
    folder = folder_of(run.id)
    basis, tests = load_basis(folder), load_tests(folder)
    if basis is None or tests is None or not len(rows):
        return None
    return float(shares_held(basis, tests, run.test_labels, rows).mean())


def by_epoch(run: Run, index: int, target: str | None = None) -> np.ndarray | None:
    """Return what each epoch added to the exact scores of a test image ``(E, n)``; None where they are not kept."""
    return explanations.scores_by_epoch(run, index, target)
