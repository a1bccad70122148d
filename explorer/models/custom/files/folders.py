"""A folder that was given where a file of weights is wanted: what it is, and which file or line leads on."""

import re
from collections.abc import Iterable
from pathlib import Path

# Endings of files of weights.
ENDINGS = (".pth", ".pt", ".safetensors", ".ckpt", ".bin", ".pkl", ".tar", ".onnx")
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
    if "saved_model.pb" in names:
        return "it is a network of TensorFlow; export it where TensorFlow is: python -m tf2onnx.convert --saved-model FOLDER --output net.onnx"
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
    files = [name for name in names if name.lower().endswith(ENDINGS)]
    if inner := _inner(folder, "config.json"):
        return f"give the folder of the network in it: {inner}"
    return f"give one of its files: {', '.join(files[:SHOWN])}{', …' if len(files) > SHOWN else ''}" if files else ""


def _inner(folder: Path, holding: str) -> str:
    """Return the names of the folders in one that hold a file, as a sentence lists them; the highest numbers first."""
    found = [path.name for path, _ in zip(folder.iterdir(), range(SEEN), strict=False) if (path / holding).exists()]
    shown = sorted(found, key=lambda name: (len(name), name), reverse=True)
    where = "" if holding else f"{folder.name}/"
    return ", ".join(f"{where}{name}" for name in shown[:SHOWN])
