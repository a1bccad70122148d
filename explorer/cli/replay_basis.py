"""``replay-basis``: replays directions of the whole network's gradients, so that every question has its answer in a click."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.output import JobOption, JsonOption, RunOption, on_run
from explorer.core.errors import ExplorerError
from explorer.core.phrases import counted

if TYPE_CHECKING:  # types alone: NumPy is loaded when a command runs, not for --help
    from explorer.core.progress import Progress
    from explorer.runs.run import Run

# A byte of each training image for a direction; what is beyond gains nothing.
LEAST, MOST, USUAL = 16, 256, 64
# Trainings from other seeds.
MOST_SEEDS = 7


@on_run
def replay_basis(
    run: RunOption,
    directions: Annotated[int, typer.Option(help=f"Directions to replay, {LEAST} to {MOST}.")] = USUAL,
    seeds: Annotated[
        int,
        typer.Option(
            help=f"Other seeds, 0 to {MOST_SEEDS}, to train from and to replay too, for replay-average; each keeps as many states as the run."
        ),
    ] = 0,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replay the training along directions, 16 at a time; what was replayed is used, and the command goes on where it was stopped."""
    if not LEAST <= directions <= MOST:
        raise ExplorerError(f"--directions is {directions}; give {LEAST} to {MOST}.")
    if not 0 <= seeds <= MOST_SEEDS:
        raise ExplorerError(f"--seeds is {seeds}; give 0 to {MOST_SEEDS}.")
    from explorer.cli.results import show_result

    show_result(run, job, as_json, lambda opened, progress: _replayed(opened, directions, seeds, progress))


def _replayed(run: "Run", directions: int, seeds: int, progress: "Progress") -> tuple[dict[str, Any], list[str]]:
    from explorer.runs.whole_network.other_seeds import replayed_seeds
    from explorer.runs.whole_network.whole import whole_of

    start = time.perf_counter()
    basis = whole_of(run).grow(directions, progress)
    if seeds:
        whole_of(run).grow_seeds(seeds, directions, progress)
    held, images = basis.table.shape
    seconds = round(time.perf_counter() - start, 1)
    result = {"run": run.id, "directions": held, "images": images, "bytes_per_image": held, "seconds": seconds}
    others = replayed_seeds(run)
    said = [f"{held} directions are replayed: {held} bytes for each of {images:,} training images."]
    said += (
        [f"So is the training from {counted(len(others), 'other seed')}: replay-average is their mean."]
        if others
        else []
    )
    return result | {"seeds": others}, said
