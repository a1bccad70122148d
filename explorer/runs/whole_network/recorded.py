"""Which runs have a recorded training, told without torch."""

from explorer.core.errors import ExplorerError
from explorer.models import SMALL_CNN_SMOOTH
from explorer.runs.run import Run


def check_recorded(run: Run) -> None:
    """Raise unless the training of a run's network was recorded, on the run's own images.

    Raises:
        ExplorerError: it is another network, or only the last layer was fitted to these images.
    """
    if run.manifest.backbone != SMALL_CNN_SMOOTH and not run.manifest.finetune:
        raise ExplorerError(
            f"This run's network is {run.manifest.backbone}, whose training was not recorded; methods of the whole network need a run of {SMALL_CNN_SMOOTH}: build one with --backbone {SMALL_CNN_SMOOTH}."
        )
    if run.manifest.refitted:
        raise ExplorerError(
            "Of this run only the last layer was fitted again, its network is that of the run before the changes; ask that run, or build one with --edited."
        )
