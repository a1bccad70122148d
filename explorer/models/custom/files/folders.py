"""A folder that was given where a file of weights is wanted: what it is, and which file or line leads on."""

import re
from collections.abc import Iterable
from pathlib import Path

# Endings of files of weights.
ENDINGS = (".pth", ".pt", ".safetensors", ".ckpt", ".bin", ".pkl", ".tar", ".onnx")
# What training programs keep beside the weights to go on with.
ASIDE = re.compile(r"^(optimizer|optim|scheduler|scaler|sampler|rng_state|random_states|training_args|zero_pp_rank)")
BACK = "which does not turn back; export the network it was made of: torch.onnx.export(model.eval(), (images,), 'net.onnx')"
# Ends of names, all of which a folder holds, before them the same -> what it is, and the way in.
KNOWN = {
    (
        "saved_model.pb",
    ): "it is a network of TensorFlow; export it where TensorFlow is: python -m tf2onnx.convert --saved-model FOLDER --output net.onnx",
    (
        ".index",
        ".data-00000-of-00001",
    ): "it holds weights of TensorFlow without their network; build it where TensorFlow is, then model.load_weights(path) and model.export('net.onnx', format='onnx')",
    (
        "_CHECKPOINT_METADATA",
    ): "it is a checkpoint of Orbax (JAX), whose names are those of another library; give weights of PyTorch",
    (
        "zero_to_fp32.py",
    ): "its weights are in parts, as DeepSpeed keeps them; join them: python FOLDER/zero_to_fp32.py FOLDER joined",
    (".xml", ".bin"): f"it is a network of OpenVINO, {BACK}",
    (".param", ".bin"): f"it is a network of ncnn, {BACK}",
}
# Most files that are looked at.
SEEN, SHOWN = 2000, 3
# A file that holds a part of the weights, as Hugging Face and accelerate name it.
PART = re.compile(r"-\d{5}-of-(?!00001\b)\d{5}\.\w+$")
MERGE = (
    "join both first: peft.PeftModel.from_pretrained(network, 'FOLDER').merge_and_unload().save_pretrained('joined')"
)
JOIN = "its weights are in parts; join them: from safetensors.torch import load_file, then torch.save({name: value for part in parts for name, value in load_file(part).items()}, 'weights.pth')"


def in_parts(names: Iterable[str]) -> bool:
    """Return whether one of the names is of a file with a part of the weights."""
    return any(PART.search(name) for name in names)


def folder_hint(folder: Path) -> str:
    """Return what to do with a folder, in the imperative; empty where nothing in it is known."""
    names = sorted(path.name for path, _ in zip(folder.iterdir(), range(SEEN), strict=False))
    if known := _known(set(names)):
        return known
    if ".metadata" in names and any(name.endswith(".distcp") for name in names):
        return "its weights are in parts; join them: python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER weights.pth"
    if in_parts(names):
        return JOIN
    if "open_clip_config.json" in names and "config.json" not in names:
        return "it is a network of open_clip; save the part that sees pictures beside its settings: model = open_clip.create_model('local-dir:FOLDER'), torch.onnx.export(model.visual.eval(), (images,), 'FOLDER/net.onnx'), and give that file"
    if folder.suffix in (".mlpackage", ".mlmodelc"):
        return "it is a network of Core ML, which does not turn back; export the network it was made of: torch.onnx.export(model.eval(), (images,), 'net.onnx')"
    if "adapter_config.json" in names:
        return f"it is an adapter (LoRA), what was added to a network; {MERGE}, and give that folder"
    if "snapshots" in names and "refs" in names:
        return f"it is Hugging Face's cache of a network; give the folder in it: {_inner(folder / 'snapshots', '')}"
    if "data.pkl" in names:
        return "it is an unpacked file of PyTorch; give the file itself, as torch.save wrote it"
    files = [name for name in names if _is_weights(name)]
    if inner := _inner(folder, "config.json"):
        return f"give the folder of the network in it: {inner}"
    files = files or _below(folder)
    return f"give one of its files: {', '.join(files[:SHOWN])}{', …' if len(files) > SHOWN else ''}" if files else ""


def _known(names: set[str]) -> str:
    """Return what a folder with these files is, and the way in; empty where that is not known."""
    for (first, *others), way in KNOWN.items():
        stems = [name.removesuffix(first) for name in names if name.endswith(first)]
        if any(all(stem + end in names for end in others) for stem in stems):
            return way
    return ""


def _is_weights(name: str) -> bool:
    return name.lower().endswith(ENDINGS) and not ASIDE.match(name)


def _below(folder: Path) -> list[str]:
    """Return the files of weights in the folders inside one, as programs of training and packing leave them."""
    found = (path for path, _ in zip(folder.glob("*/*"), range(SEEN), strict=False) if _is_weights(path.name))
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _inner(folder: Path, holding: str) -> str:
    """Return the names of the folders in one that hold a file, as a sentence lists them; the highest numbers first."""
    found = [path.name for path, _ in zip(folder.iterdir(), range(SEEN), strict=False) if (path / holding).exists()]
    shown = sorted(found, key=lambda name: (len(name), name), reverse=True)
    where = "" if holding else f"{folder.name}/"
    return ", ".join(f"{where}{name}" for name in shown[:SHOWN])
