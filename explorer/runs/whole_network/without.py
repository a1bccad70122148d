"""What leaving training images out of the whole training really did to every test image, kept; read without torch."""

from collections.abc import Sequence

import numpy as np

from explorer.core.cached_result import CachedResult, cached_array
from explorer.core.checksums import canonical, digest
from explorer.runs.run import Run
from explorer.runs.whole_network.kept_files import folder_of
from explorer.runs.whole_network.network_outputs import losses
from explorer.runs.whole_network.whole import whole_of


def logits_without(run_id: str, rows: Sequence[int]) -> CachedResult[np.ndarray]:
    """Return the test images' logits ``(m, C)`` of the network trained without some training images, as they lie on disk."""
    name = digest(canonical(sorted(map(int, rows))))[:32]
    return cached_array(folder_of(run_id) / f"without-{name}.npy")


def measured_without(run: Run, rows: Sequence[int]) -> np.ndarray | None:
    """Return by how much each test image's loss rose ``(m,)``, nats, when the network was trained again without ``rows``.

    None where nobody trained it so.
    """
    after = logits_without(run.id, rows).load()
    if after is None:
        return None
    return np.asarray(losses(after, run.test_labels) - losses(whole_of(run).logits, run.test_labels))
