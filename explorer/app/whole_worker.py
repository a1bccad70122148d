"""``python -m explorer.app.whole_worker RUN``: answers questions about whole networks that need torch, one a line of JSON."""

import base64

import numpy as np

from explorer.runs.influence_maps.map_worker import Pair, serve_pairs
from explorer.runs.run import Run
from explorer.runs.store import load_run
from explorer.runs.whole_network.asked import Asked
from explorer.runs.whole_network.whole import whole_of

_runs: dict[str, Run] = {}


def _run(run_id: str) -> Run:
    """Return the run, opened once."""
    if run_id not in _runs:
        _runs.clear()  # its recording holds the memory of another one
        _runs[run_id] = load_run(run_id)
    return _runs[run_id]


def answer(question: Pair) -> dict[str, bytes]:
    """Return float64 numbers: ``logits`` ``(C,)`` of the picture, ``scores`` ``(n,)``, the share ``held``, where there is one, and ``trainings``.

    Args:
        question: ``{"run": id, "method": name, "target": class or None}`` with ``test``, a row, or with ``picture``, the bytes of
            a file in base64; without a target a picture is explained for its predicted class.
    """
    run = _run(question["run"])
    network, target = whole_of(run), question["target"]
    if question["test"] is not None:
        row = run.check_test(int(question["test"]))
        logits, asked = network.logits[row], Asked([run.class_index(target)], [row])
    else:
        pixels = network.pixels_of_picture(base64.b64decode(question["picture"]))
        logits = network.logits_of(pixels)[0]
        asked = Asked([int(logits.argmax()) if target is None else run.class_index(target)], pixels=pixels)
    found = network.answer(asked, question["method"])
    held = [] if found.share_held is None else [found.share_held]
    numbers = {"logits": logits, "scores": found.scores[0], "held": held, "trainings": found.trainings}
    return {name: np.ascontiguousarray(values, dtype=np.float64).tobytes() for name, values in numbers.items()}


if __name__ == "__main__":
    serve_pairs(answer, lambda run_id: whole_of(_run(run_id)).recording)
