"""Training ``small-cnn-smooth`` again without some images: nothing is recorded but where a stopped training goes on."""

from pathlib import Path

import numpy as np
from torch import Tensor, nn

from explorer.core.checksums import canonical, digest, seal_array, sealed
from explorer.core.progress import Progress
from explorer.models.smooth_cnn.as_module import save_state
from explorer.models.smooth_cnn.recording import training_digest
from explorer.models.smooth_cnn.state_rows import row_of, state_of
from explorer.models.smooth_cnn.training import State, Training

# The state that a stopped training goes on from: the steps done, then its row.
STATE = "state.sealed"


def retrained(training: Training, shares: Tensor, folder: Path, progress: Progress) -> nn.Module:
    """Return the network trained with weights of images ``(n,)``, 0 for those that are absent; it is kept in ``folder``.

    A training that was stopped goes on after its last whole epoch.
    """
    belongs = digest(canonical([training_digest(training), shares.tolist()]))
    each = training.steps // training.recipe.epochs

    def keep(state: State) -> None:
        if state.step and state.step % each == 0:
            seal_array(folder / STATE, np.append(row_of(state), np.float32(state.step)), belongs)

    end = training.run(_stopped(training, folder / STATE, belongs), shares, progress, keep)
    save_state(folder / f"epoch-{training.recipe.epochs}.safetensors", end, 0.0)
    return training.module(end)


def _stopped(training: Training, path: Path, belongs: str) -> State | None:
    if not sealed(path, belongs):
        return None
    row = np.load(path, allow_pickle=False)
    return state_of(row[:-1], training.network, int(row[-1]))
