"""Explanations that the next click will probably need, computed in the background."""

import threading
from collections.abc import Sequence

from explorer.app import backend, server
from explorer.app.components.methods.whole_methods import WHOLE_METHODS

# Explanations computed in one matrix product: 12 took 36 ms and 60 took 74, so a click in between waits no longer. Where a row
# is long (ten classes, 50,000 images: 170 ms), only so many that they take this many multiplications.
BATCH, MULTIPLICATIONS = 20, 600_000_000
_newest: list[object] = [None]


def explain_ahead(run_id: str, indices: Sequence[int], method: str, top: int) -> None:
    """Compute explanations of these test images and encode their pictures in the background; a later call cancels this one."""
    token = _newest[0] = object()
    threading.Thread(target=_work, args=(token, run_id, list(indices), method, top), daemon=True).start()


def _batch(run_id: str, method: str) -> int:
    """Return how many images are explained together."""
    return max(1, min(BATCH, MULTIPLICATIONS // backend.warm_run(run_id).scorer(method).multiplications))


def _work(token: object, run_id: str, indices: list[int], method: str, top: int) -> None:
    if not backend.answers_ahead(run_id, method):
        return
    batch = 1 if method in WHOLE_METHODS else _batch(run_id, method)
    for start in range(0, len(indices), batch):
        backend.yield_to_pages()
        if _newest[0] is not token:
            return
        for found in backend.explain_many(run_id, indices[start : start + batch], method, top):
            if _newest[0] is not token:
                return
            for entry in (*found.helpful, *found.harmful):
                if not server.inline_thumbnail(run_id, "train", entry.train_index):
                    return  # photographs come by their own address, and decoding 2,000 of them would keep a core busy
