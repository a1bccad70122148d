"""A run's network with its preprocessing and standardisation: images to features, and gradients back to pixels."""

from PIL import Image
from torch import nn

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress, silent
from explorer.datasets.pictures import Pictures, decoded
from explorer.models import TRAINED_HERE
from explorer.models.pixels import FeaturePipeline
from explorer.models.preparation.preparation import Preparation
from explorer.models.trained_here import load_epoch
from explorer.runs.run import Run
from explorer.runs.whole_network.tuned import backbone_of, tuned_features


def view_of(run: Run, progress: Progress = silent) -> FeaturePipeline:
    """Return what this run does to a picture before its head.

    Raises:
        ExplorerError: the run keeps nothing of its own network.
        ExplorerError: the person's checkpoint is gone or another by now.
        UnavailableError: the network's weights are not cached and no source answers.
    """
    size, way = int(run.manifest.recipe["size"]), Preparation.of_recipe(run.manifest.recipe)
    if run.manifest.finetune:
        network: nn.Module = tuned_features(run)
    elif run.manifest.backbone in TRAINED_HERE:
        path = run.folder / f"epoch-{run.manifest.recipe['epochs']}.safetensors"
        if not path.is_file():
            raise ExplorerError(f"This run does not keep its network ({path.name} is missing); build it again.")
        network, _ = load_epoch(path, len(run.class_names), run.manifest.recipe)
    else:
        network = backbone_of(run).load(progress)
    return FeaturePipeline(network, size, run.arrays["mean"], run.arrays["deviation"], way)


def check_frozen(run: Run) -> None:
    """Raise unless the run's network came trained.

    Raises:
        ExplorerError: it was trained on the run's own pictures, so that a changed picture would change it.
    """
    if run.manifest.backbone in TRAINED_HERE or run.manifest.finetune:
        raise ExplorerError(
            f"The network {run.manifest.backbone} was trained on this run's pictures and would change with them; build a run on one that came trained, such as mobilenet_v2."
        )


def train_pictures(run: Run) -> Pictures:
    """Return the pictures of the run's training images, in their order, turned as its network was given them."""
    return _as_given(run, run.dataset.train.take(run.arrays["train_rows"]).pictures)


def picture_of(run: Run, side: str, index: int) -> Image.Image:
    """Return the picture of an image of ``side`` (``"train"`` or ``"test"``), turned as the run's network was given it."""
    return _as_given(run, run.dataset.split(side).pictures)[run.picture_row(side, index)]


def _as_given(run: Run, pictures: Pictures) -> Pictures:
    way = Preparation.of_recipe(run.manifest.recipe)
    return pictures if way.is_usual else decoded(pictures, way.decoding)
