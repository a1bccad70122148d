"""``build``: data to run; ``preflight``: what a build would find, take and write, before it is begun."""

import functools
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.engine_option import DEFAULT, EngineOption
from explorer.cli.output import JobOption, JsonOption, ReadOption, plain_errors, reported, show
from explorer.core.phrases import trained_part

if TYPE_CHECKING:  # the type alone: NumPy is loaded when a command runs, not for --help
    from explorer.runs.build.request import Config

SHOWN = ("run_id", "n_train", "n_test", "classes", "accuracy", "accuracy_per_class", "gradient_norm", "l2", "seconds")
# What only some runs have: the accuracy of a checkpoint's own last layer, and what was brought.
PREPARATION = (
    "preparation",
    "resize",
    "crop",
    "interpolation",
    "orientation",
    "background",
    "range_",
    "white",
    "colours",
)
SOMETIMES = (
    "checkpoint_accuracy",
    "checkpoint_order",
    "checkpoint_accuracy_in_data_order",
    "checkpoint_doubt",
    "checkpoint_notes",
    "own",
    "device",
    "preparation",
    "checkpoint_preparation",
    "reading",
)
# Of a run whose last block was trained: which one, and its share of the network's weights.
TUNED = ("finetune", "share_trained")


@plain_errors
def build(
    dataset: Annotated[str, typer.Option(help="A data set's name, or the path of a folder.")] = "cats-vs-dogs",
    backbone: Annotated[
        str,
        typer.Option(
            help="A torchvision network, timm/NAME, small-cnn, small-cnn-smooth, onnx, hugging-face, torchscript or torch-export."
        ),
    ] = "mobilenet_v2",
    limit: Annotated[int | None, typer.Option(help="Training images, stratified; all by default.")] = None,
    seed: Annotated[
        int, typer.Option(help="Chooses the images of --limit and trains small-cnn or small-cnn-smooth.")
    ] = 0,
    l2: Annotated[float | None, typer.Option(help="λ; chosen by cross-validation by default.")] = None,
    noise: Annotated[str, typer.Option(help="Labels to change on purpose: 'cat>dog:0.4', or '0.1' of all.")] = "",
    noise_seed: Annotated[int, typer.Option(help="Decides which labels --noise changes.")] = 0,
    scenario: Annotated[str | None, typer.Option(help="Plant a story instead of --noise: article.")] = None,
    run: Annotated[str | None, typer.Option(help="Name of the run; made from the request by default.")] = None,
    edited: Annotated[bool, typer.Option(help="Lay the edits in force on the data first.")] = False,
    checkpoint: Annotated[
        str, typer.Option(help="Your own weights of this backbone, .pth or .safetensors, or an ONNX file.")
    ] = "",
    layer: Annotated[
        str, typer.Option(help="Read the features at this layer's output, or with :input its input.")
    ] = "",
    size: Annotated[
        int | None, typer.Option(help="Pixels square that the network is given; 128 or 224 by default.")
    ] = None,
    mean: Annotated[str, typer.Option(help="Mean of the colour channels, 0 to 1; ImageNet's by default.")] = "",
    std: Annotated[str, typer.Option(help="Deviation of the colour channels; ImageNet's by default.")] = "",
    preparation: Annotated[
        str,
        typer.Option(help="Prepare pictures as torchvision, or as the network's own library: torchvision, network."),
    ] = "",
    resize: Annotated[
        str, typer.Option(help="shortest (side to the size, middle cut out), squeeze, or longest (padded).")
    ] = "",
    crop: Annotated[
        float | None, typer.Option(help="Part of the shorter side that the cut keeps, such as 0.875; 1 by default.")
    ] = None,
    interpolation: Annotated[str, typer.Option(help="bicubic by default; bilinear, nearest, lanczos, box.")] = "",
    orientation: Annotated[
        str, typer.Option(help="upright turns pictures by EXIF, the default; as-stored does not.")
    ] = "",
    background: Annotated[
        str, typer.Option(help="Behind transparent parts: white by default, black, or dropped.")
    ] = "",
    range_: Annotated[
        str, typer.Option("--range", help="Values of pictures of more than 8 bits: 12-bit, 16-bit, unit, clipped.")
    ] = "",
    white: Annotated[
        int | None, typer.Option(help="The value of white before --mean and --std: 1 by default, or 255.")
    ] = None,
    colours: Annotated[
        str, typer.Option(help="Order of the colours that the network is given: rgb by default, bgr.")
    ] = "",
    trust_code: Annotated[
        bool, typer.Option("--trust-code", help="Load a file that can run code: torchscript, torch-export.")
    ] = False,
    as_read: Annotated[
        bool, typer.Option("--as-read", help="Take the data as they were read, where that is doubtful.")
    ] = False,
    read: ReadOption = None,
    weights_set: Annotated[
        str, typer.Option(help="Which set of weights, where the file holds several; averaged ones by default.")
    ] = "",
    classes: Annotated[
        str, typer.Option(help="Classes of your network's outputs in their order, with commas: dog,cat.")
    ] = "",
    finetune: Annotated[
        str, typer.Option(help="Train the last block of a ResNet on these pictures, with its head: layer4.")
    ] = "",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps; decides where, not what is computed.")] = "auto",
    engine: EngineOption = DEFAULT,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch the data, compute the features, fit the head; or find the finished run of the same request."""
    from explorer.datasets.choices import joined
    from explorer.models.custom.spec import NetworkSpec
    from explorer.models.preparation.choice import PreparationChoice
    from explorer.runs.build.request import Config

    way = PreparationChoice(preparation, resize, crop, interpolation, orientation, background, range_, white, colours)
    own = NetworkSpec.parse(checkpoint, layer, size, mean, std, trust_code, way, weights_set, classes)
    asked = Config(
        joined(dataset, read or []),
        backbone,
        limit,
        seed,
        l2,
        edited,
        noise,
        noise_seed,
        own,
        device,
        as_read,
        finetune,
    )
    config, name = request(asked, scenario, run)
    from explorer.runs.store import prepare_home

    prepare_home()
    from explorer.runs.build.builder import build as compute  # torch, for which no refusal waits

    with reported(job) as progress:
        made = compute(config, name, progress, engine)
    result = {"run": name} | {key: made.manifest.content[key] for key in SHOWN}
    result |= {key: made.manifest.content[key] for key in SOMETIMES if key in made.manifest.content}
    result |= {key: made.manifest.recipe[key] for key in TUNED if key in made.manifest.recipe}
    show(result, as_json, _lines(result))


@plain_errors
@functools.wraps(build, assigned=("__annotations__",))
def preflight(**asked: Any) -> None:
    """Check the data and time the network: what `build` with the same options would find, take and write where."""
    from explorer.datasets.choices import joined
    from explorer.models.custom.spec import NetworkSpec
    from explorer.models.preparation.choice import PreparationChoice
    from explorer.runs.build.request import Config

    job, as_json, scenario, run, engine = (asked.pop(name) for name in ("job", "as_json", "scenario", "run", "engine"))
    way = PreparationChoice(*(asked.pop(name) for name in PREPARATION))
    network: dict[str, Any] = {
        name: asked.pop(name) for name in ("checkpoint", "layer", "size", "mean", "std", "weights_set", "classes")
    }
    own = NetworkSpec.parse(**network, trust=asked.pop("trust_code"), preparation=way)
    asked["dataset"] = joined(asked["dataset"], asked.pop("read") or [])
    config, name = request(Config(**asked, own=own), scenario, run)
    from explorer.runs.store import prepare_home

    prepare_home()
    from explorer.runs.build.preflight import preflight as compute  # torch, for which no refusal waits
    from explorer.runs.build.preflight_summary import lines

    with reported(job) as progress:
        found = compute(config, name, progress, time.process_time(), engine)
    show(found, as_json, lines(found))


def request(config: "Config", scenario: str | None, run: str | None) -> tuple["Config", str]:
    """Return what is asked for, with the story that is planted in it, and the name of its run.

    Raises:
        ExplorerError: there is no such story, or no run may have this name.
    """
    from explorer.lesson.scenarios import scenario as story
    from explorer.runs.store import check_name

    config = (config if scenario is None else story(scenario).config(config)).recognised()
    config.check_words()
    return config, check_name(run or scenario or config.name())


def _lines(result: dict[str, Any]) -> list[str]:
    each = ", ".join(f"{name} {value:.3f}" for name, value in result["accuracy_per_class"].items())
    lines = [
        f"Run {result['run']} ({result['run_id']}): {result['n_train']} training images, {result['n_test']} test images",
        f"Accuracy {result['accuracy']:.4f} ({each}); λ = {result['l2']:.4g}; ‖∇R‖ = {result['gradient_norm']:.1e}",
    ]
    if "finetune" in result:
        lines += [trained_part(result["finetune"], result["share_trained"])]
    lines += result.get("checkpoint_notes", [])
    lines += [result["checkpoint_doubt"]] if "checkpoint_doubt" in result else []
    lines += result.get("checkpoint_preparation", [])
    own = result.get("checkpoint_accuracy")
    if own is None:
        return lines
    order = f", its outputs taken as {', '.join(taken)}" if (taken := result.get("checkpoint_order")) else ""
    said = f"The checkpoint's own last layer: {own:.4f}{order}; the accuracy above is of the one fitted here, on frozen features."
    return [*lines, said]
