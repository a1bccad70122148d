"""Building runs from the browser: the work goes on in a process of its own and survives a reload."""

from collections.abc import Mapping
from typing import Any

from explorer.app import backend, screen_text
from explorer.app.components.job_progress import job_progress
from explorer.core.errors import ExplorerError
from explorer.datasets import SOURCES
from explorer.datasets.corruption.noise import Noise
from explorer.models import SMALL_CNN
from explorer.models.custom.spec import NetworkSpec
from explorer.runs import jobs
from explorer.runs.build.preflight_store import key_of
from explorer.runs.build.request import Config
from explorer.runs.edits import edit_scope
from explorer.runs.run import Run

NETWORKS = [SMALL_CNN, "mobilenet_v2", "resnet18", "resnet50", "efficientnet_b0"]
NETWORK = (
    "small-cnn is trained from scratch; the others come trained. Any torchvision network can be typed, such as vgg11."
)


def facts(run: Run) -> dict[str, str]:
    """Return what determines a run, in words."""
    manifest = run.manifest
    return {
        "Images": f"{manifest.title}: {manifest.n_train:,} for training, {manifest.n_test:,} for testing",
        "Network": f"{manifest.backbone}, pictures at {manifest.recipe['size']} px, {len(run.test_features[0]) - 1:,} features",
        "λ (how strongly large weights are punished)": screen_text.penalty(
            manifest.l2, bool(manifest.l2_curve), manifest.refitted
        ),
        "Accuracy": f"{manifest.accuracy:.1%} of the test images right: "
        + ", ".join(f"{name} {share:.1%}" for name, share in manifest.accuracy_per_class.items()),
        "How well the fit has settled (‖∇R‖)": f"{manifest.gradient_norm:.1e}",
        "Identity": manifest.run_id,
    } | {key[0].upper() + key[1:]: said for key, said in manifest.facts.items()}


def datasets() -> str:
    """Return which names can be given, and which of them have to be fetched first."""
    known = [f"{name} ({'here' if source.cached() else 'to fetch'})" for name, source in SOURCES.items()]
    return (
        "Names: "
        + ", ".join(known)
        + ". A folder, ZIP or tar needs one folder of pictures a class, or train and test folders of those; a CSV or JSON "
        "Lines list needs columns path and label."
    )


def noise() -> str:
    """Return how label noise is asked for."""
    return (
        "To see how a model takes wrong labels. **cat>dog:0.4** labels 40 % of the training images of cats as dogs; several "
        "such changes need commas between them. **0.1** gives 10 % of all training images another label. "
        "What was changed is remembered, and told to no model. Empty: nothing is changed."
    )


def asked(
    dataset: str,
    backbone: str,
    limit: int,
    seed: int,
    noise: str = "",
    noise_seed: int = 0,
    own: Mapping[str, Any] = {},
) -> Config:
    """Return the request that was typed; 0 training images mean all.

    Raises:
        ExplorerError: something that was typed is no such thing, or it is the default run.
    """
    planted = Noise(noise.strip(), noise_seed if noise.strip() else 0)
    brought = NetworkSpec.parse(**own)
    config = Config(
        dataset.strip(), backbone, limit or None, seed, noise=planted.plan, noise_seed=planted.seed, own=brought
    )
    if config == Config():
        raise ExplorerError("The default run is there already; choose other data, another network or another seed.")
    return config


def unclaimed(config: Config, name: str) -> str:
    """Return ``name`` if a build may give it: where people are kept apart, nobody takes a name from another run.

    Raises:
        ExplorerError: it means a run of other choices, or one with edits.
    """
    known = backend.runs().get(name) if edit_scope.owner() else None
    if known:
        made = backend.manifest(known)
        if made.base or made.edits or Config.from_manifest(made) != config:
            raise taken(name)
    return name


def taken(name: str) -> ExplorerError:
    """Return what is said where another run has this name."""
    return ExplorerError(f"There is a run called {name!r} already, made of other choices; choose another name.")


def begin(config: Config, name: str) -> None:
    """Start a build in the background, unless other work runs."""
    if job_progress.may_start():
        jobs.start_build(config, name)


def check(config: Config, name: str) -> str:
    """Start the check of a request in the background and return the check's id; nothing where other work runs."""
    words = [*config.to_argv(), "--run", name]
    if not job_progress.may_start():
        return ""
    jobs.start("preflight", name, ["preflight", *words[1:]])
    return key_of(words)
