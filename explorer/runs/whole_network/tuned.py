"""The network of a run whose last block was trained on its pictures."""

from dataclasses import replace

from explorer.core.keyed_cache import KeyedCache
from explorer.core.progress import silent
from explorer.models.backbones import Backbone
from explorer.models.custom.architecture import TRANSFORMS
from explorer.models.custom.spec import USUAL_SET, NetworkSpec
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.fine_tuning.parts import Parts, parted
from explorer.models.fine_tuning.recipe import TuningRecipe
from explorer.models.preparation.preparation import Preparation
from explorer.models.smooth_cnn.as_module import load_state
from explorer.runs.run import Run

# The trained block and its last layer, beside the run.
TUNED = "tuned.safetensors"


def backbone_of(run: Run) -> Backbone:
    """Return the network of a run as it came, whose weights must be those of the run."""
    recipe, own = run.manifest.recipe, NetworkSpec.from_dict(run.manifest.own)
    own = replace(own, weights_set=recipe.get("weights_set", USUAL_SET)) if own.checkpoint else own
    way, changes = Preparation.of_recipe(recipe), bool(recipe.get(TRANSFORMS))
    size, weights = int(recipe["size"]), recipe["weights"]
    return Backbone(run.manifest.backbone, size, own, weights, preparation=way, transforms_input=changes)


def _parts(run: Run) -> Parts:
    return parted(backbone_of(run), TuningRecipe.of_dict(run.manifest.recipe), len(run.class_names), silent)


# Of an opened run.
parts_of = KeyedCache(_parts, 2)


def tuned_features(run: Run) -> FeatureExtractor:
    """Return pictures to features, by the run's trained block."""
    parts = parts_of(run)
    return parts.features_of(load_state(run.folder / TUNED, parts.network)[0])
