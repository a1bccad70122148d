"""Starting checks and builds from the Data page; each runs in a process of its own that survives a reload."""

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from explorer.app import backend, screen_text
from explorer.core.errors import ExplorerError
from explorer.core.phrases import trained_part
from explorer.datasets import SOURCES, uploads
from explorer.datasets.choices import BETWEEN, joined
from explorer.datasets.corruption.noise import Noise
from explorer.models import TRAINED_HERE
from explorer.models.custom.spec import NetworkSpec
from explorer.models.preparation.preparation import preparation_words
from explorer.runs import jobs
from explorer.runs.build.preflight_store import key_of
from explorer.runs.build.preflight_summary import SAID
from explorer.runs.build.reading import reading_lines
from explorer.runs.build.request import AS_READ, Config
from explorer.runs.edits import edit_scope
from explorer.runs.run import Run

# Letters of a file's name that a run is called by.
LONGEST = 48
NETWORKS = [*TRAINED_HERE, "mobilenet_v2", "resnet18", "resnet50", "efficientnet_b0"]
NETWORK = (
    "small-cnn and small-cnn-smooth are trained from scratch; only of the latter every step is kept, so that the whole network can be "
    "explained. The others come trained. Any torchvision network can be typed, such as vgg11."
)


def run_facts(run: Run) -> dict[str, str]:
    """Return the facts that determine a run: title → text."""
    manifest = run.manifest
    said = SAID if manifest.reading else ()
    return {
        "Images": f"{manifest.title}: {manifest.n_train:,} for training, {manifest.n_test:,} for testing",
        **reading_lines(manifest.reading),
        **(
            {"Trained on these pictures": trained_part(manifest.finetune, manifest.recipe["share_trained"])}
            if manifest.finetune
            else {}
        ),
        "Network": f"{manifest.backbone}, pictures at {manifest.recipe['size']} px, {len(run.test_features[0]) - 1:,} features",
        "Pictures are prepared so": preparation_words(manifest.recipe),
        "λ (how strongly large weights are punished)": screen_text.penalty(
            manifest.l2, bool(manifest.l2_curve), manifest.refitted
        ),
        "Accuracy": f"{screen_text.percent(manifest.accuracy)} of the test images right: "
        + ", ".join(f"{name} {screen_text.percent(share)}" for name, share in manifest.accuracy_per_class.items()),
        "How well the fit has settled (‖∇R‖)": f"{manifest.gradient_norm:.1e}",
        "Identity": manifest.run_id,
    } | {
        key[0].upper() + key[1:]: screen_text.spaced(str(text))
        for key, text in manifest.facts.items()
        if key not in said
    }


def datasets_help() -> str:
    """Return the help text of the data set field: known names, which need a download, and accepted layouts."""
    names = [f"{name} ({'here' if source.cached() else 'to fetch'})" for name, source in SOURCES.items()]
    return (
        "Names: "
        + ", ".join(names)
        + ". Or a path: a folder or archive with one folder of pictures a class, or train and test folders of those; a list with "
        "its pictures; tables and shards (Parquet, WebDataset, arrays); exports of Label Studio, FiftyOne, CVAT. Check says how it is read."
    )


READING = (
    "Where several readings are possible: **label=species** and **path=file** name columns of a list, **split=fold&test=3** its sides, "
    "**folder=data/birds** the folder that is meant, **classes=list** (or folders, or names) where classes come from. & stands between "
    "several. Empty: as the check finds it."
)


def noise() -> str:
    """Return the help text of the label noise field."""
    return screen_text.spaced(
        "To see how a model takes wrong labels. **cat>dog:0.4** labels 40 % of the training images of cats as dogs; several "
        "such changes need commas between them. **0.1** gives 10 % of all training images another label. "
        "What was changed is remembered, and told to no model. Empty: nothing is changed."
    )


def parse_request(
    dataset: str,
    backbone: str,
    limit: int | None,
    seed: int,
    noise: str = "",
    noise_seed: int = 0,
    own: Mapping[str, Any] = {},
    read: str = "",
    finetune: str = "",
) -> Config:
    """Parse the form into a build request; ``limit`` None or 0 means all training images, ``read`` are choices such as ``label=species``.

    Raises:
        ExplorerError: a field cannot be parsed, or the request is that of the default run.
    """
    planted = Noise(noise.strip(), noise_seed if noise.strip() else 0)
    network = NetworkSpec.parse(**own)
    words = [word.strip() for word in read.split(BETWEEN) if word.strip()]
    config = Config(
        joined(dataset.strip(), words),
        backbone,
        limit or None,
        seed,
        noise=planted.plan,
        noise_seed=planted.seed,
        own=network,
        finetune=finetune,
    ).recognised()
    if config == Config():
        raise ExplorerError("The default run is there already; choose other data, another network or another seed.")
    return config


def default_name(config: Config) -> str:
    """Return the name of a build where a person gives none: that of the uploaded file, numbered where other runs have it."""
    title = uploads.title_of(Path(config.dataset)) if uploads.given_name(Path(config.dataset)) else ""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", title).strip("-.")[:LONGEST]
    if not plain:
        return config.name()
    names = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
    return next(name for name in names if _means(name, config))


def _means(name: str, config: Config) -> bool:
    """Return whether a name is free, or that of a run that was built of this request or is being built of it."""
    run_id = backend.runs().get(name)
    if run_id:
        manifest = backend.manifest(run_id)
        return not manifest.base and not manifest.edits and Config.from_manifest(manifest) == config
    building = [job.argv for job in jobs.jobs() if (job.kind, job.name) == ("build", name) and job.state in jobs.ACTIVE]
    asked = [*replace(config, as_read=False).to_argv(), "--run", name]
    return all([word for word in argv if word != AS_READ] == asked for argv in building)


def require_free_name(config: Config, name: str) -> str:
    """Return ``name`` if a build may use it; where users have separate edits, nobody takes the name of another run.

    Raises:
        ExplorerError: a run of another request, or one with edits, has this name.
    """
    run_id = backend.runs().get(name) if edit_scope.owner() else None
    if run_id:
        manifest = backend.manifest(run_id)
        if manifest.base or manifest.edits or Config.from_manifest(manifest) != config:
            raise name_taken_error(name)
    return name


def name_taken_error(name: str) -> ExplorerError:
    """Return the error for a name that another run has."""
    return ExplorerError(f"There is a run called {name!r} already, made of other choices; choose another name.")


def start_build(config: Config, name: str) -> None:
    """Start a build in the background, or let it wait for its turn."""
    jobs.start_build(config, name)


def start_check(config: Config, name: str) -> str:
    """Start the check of a request in the background, or let it wait for its turn, and return its key."""
    argv = [*config.to_argv(), "--run", name]
    jobs.start("preflight", name, ["preflight", *argv[1:]])
    return key_of(argv)
