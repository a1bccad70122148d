"""Trainings of a run's network from other seeds: which seeds they have, where they are kept, and which can be asked. It needs no torch."""

from pathlib import Path

from explorer.runs.run import Run
from explorer.runs.whole_network.kept_basis import groups_replayed
from explorer.runs.whole_network.kept_files import folder_of

# Added to the run's own seed. Retrainings that judge scores have the seeds right after the run's own: these must not be among them.
APART = 1_000_003
# Other seeds that the program offers, and that can be asked for.
USUAL_SEEDS, MOST_SEEDS = 3, 7


def other_seeds(run: Run, count: int) -> list[int]:
    """Return the seeds of so many other trainings of a run's network."""
    return [int(run.manifest.recipe["seed"]) + APART + number for number in range(count)]


def folder_of_seed(run_id: str, seed: int) -> Path:
    """Return the folder of all that is kept of the training from another seed."""
    return folder_of(run_id) / f"seed-{seed}"


def recording_folder_of(folder: Path) -> Path:
    """Return where the states of such a training lie, within its folder."""
    return folder / "recording"


def replayed_seeds(run: Run) -> list[int]:
    """Return the other seeds whose training was replayed, so that it can be asked."""
    return [seed for seed in other_seeds(run, MOST_SEEDS) if groups_replayed(folder_of_seed(run.id, seed))]
