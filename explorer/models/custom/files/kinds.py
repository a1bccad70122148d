"""The kind of a file of weights, known by its content, and how to bring one that is not read here.

The ending of a name says nothing: safetensors are called .pth, and a page that says "not found" is called .pt.
"""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from explorer.core.errors import ExplorerError
from explorer.models.custom.files.zip_bounds import list_is_small

# Bytes of the beginning that are looked at.
HEAD = 4096
SAFETENSORS, TORCH_ZIP, PICKLE, OTHER = "safetensors", "torch zip", "pickle", "other"
TORCHSCRIPT, EXPORTED, ONNX = "torchscript", "torch-export", "onnx"
# The largest header of safetensors; the library has the same bound.
HEADER = 100_000_000


@dataclass(frozen=True)
class Foreign:
    """A kind of file that is not read here.

    Attributes:
        title: what it is, with its article.
        way: what to do instead, in the imperative.
    """

    title: str
    way: str


KERAS_WAY = "export it where Keras is: model = keras.saving.load_model(path); model.export('net.onnx', format='onnx')"
UNPACK = "unpack it and give the file of weights inside"
FOREIGN = {
    "keras": Foreign("a network of Keras", KERAS_WAY),
    "hdf5": Foreign("an HDF5 file, as Keras writes it", KERAS_WAY),
    "openvino": Foreign(
        "a network of OpenVINO, which does not turn back",
        "export the network it was made of: torch.onnx.export(model.eval(), (images,), 'net.onnx'), or give its state dict",
    ),
    "tflite": Foreign("a network of TensorFlow Lite, which does not turn back", KERAS_WAY),
    "tensorflow": Foreign(
        "a network of TensorFlow",
        "export it where TensorFlow is: python -m tf2onnx.convert --saved-model FOLDER --output net.onnx",
    ),
    "ort": Foreign("a network in ONNX Runtime's own form", "give the .onnx file that it was made of"),
    "executorch": Foreign(
        "a program of ExecuTorch, which does not turn back",
        "export the network it was made of: torch.onnx.export(model.eval(), (images,), 'net.onnx'), or give its state dict",
    ),
    "coreml": Foreign(
        "a network of Core ML, which does not turn back",
        "export the network it was made of: torch.onnx.export(model.eval(), (images,), 'net.onnx'), or give its state dict",
    ),
    "flax": Foreign(
        "weights of Flax",
        "give those of PyTorch; a folder of Hugging Face is turned where transformers 4 is: AutoModelForImageClassification.from_pretrained(FOLDER, from_flax=True).save_pretrained(FOLDER)",
    ),
    "gguf": Foreign("a GGUF file, made for language models", "give the weights of an image classifier"),
    "numpy": Foreign(
        "a file of NumPy arrays",
        "save them by the network's own names: torch.save({name: torch.from_numpy(a) for name, a in arrays.items()}, 'weights.pth')",
    ),
    "pointer": Foreign("a pointer of Git LFS, not the file itself", "fetch it in its repository: git lfs pull"),
    "page": Foreign("a web page, not weights", "download it again, with the link of the file itself"),
    "json": Foreign("a text that describes a network, without its weights", "give the file of weights beside it"),
    "archive": Foreign("a packed archive", UNPACK),
    "sklearn": Foreign(
        "a model of scikit-learn, which reads features and no pictures",
        "give the network that makes these features: a last layer is fitted to them here",
    ),
    "aotinductor": Foreign(
        "a network that AOTInductor compiled for one kind of machine, which does not turn back",
        "give what it was compiled of: torch.export.save(program, 'net.pt2'), or its state dict",
    ),
    "tensorrt": Foreign(
        "a plan of TensorRT, which does not turn back", "give the ONNX file that it was made of, or its state dict"
    ),
    "frozen": Foreign(
        "a frozen graph of TensorFlow",
        "export it where TensorFlow is: python -m tf2onnx.convert --graphdef FILE --inputs NAME:0 --outputs NAME:0 --inputs-as-nchw NAME:0 --output net.onnx",
    ),
    "paddle": Foreign(
        "a program of Paddle",
        "export it where Paddle is: paddle2onnx --model_dir FOLDER --model_filename FILE --save_file net.onnx",
    ),
    "caffe": Foreign("a network of Caffe", "turn it into ONNX or a state dict where Caffe is"),
}
# Beginning of a file -> its kind.
BEGINNINGS = {
    b"\x89HDF\r\n\x1a\n": "hdf5",
    b"GGUF": "gguf",
    b"\x93NUMPY": "numpy",
    b"version https://git-lfs": "pointer",
    b"\x1f\x8b": "archive",
    b"Rar!": "archive",
    b"7z\xbc\xaf": "archive",
    b"BZh": "archive",
    b"\xfd7zXZ\x00": "archive",
    b"\x28\xb5\x2f\xfd": "archive",
    b"ftrt": "tensorrt",
}
# Files of weights that people pack, as TorchServe does.
PACKED = (".pth", ".pt", ".safetensors", ".ckpt", ".onnx")
# What joblib writes into the beginning of a pickle that is not packed.
JOBLIB = b"joblib.numpy_pickle"


# The same for flat buffers, which name their kind behind four bytes.
FLAT = {b"TFL3": "tflite", b"ORTM": "ort"}


def kind_of(file: Path) -> str:
    """Return what a file is, by its content: a key of :data:`FOREIGN`, or one of the kinds that are read here.

    Raises:
        ExplorerError: it begins as a zip and is a damaged one.
    """
    with file.open("rb") as stream:
        head = stream.read(HEAD)
    if not list_is_small(file):
        return "zip"
    known = next((kind for begin, kind in BEGINNINGS.items() if head.startswith(begin)), "")
    if known or (zipfile.is_zipfile(file) and head.startswith(b"PK")):
        return known or _zip(file)
    if head[4:8] in FLAT:
        return FLAT[head[4:8]]
    if head[4:6] == b"ET":
        return "executorch"
    if head[:3] == b"\x08\x01\x12":
        return "tensorflow"
    if head[257:262] == b"ustar":
        return "archive"
    if _safetensors(head, file.stat().st_size):
        return SAFETENSORS
    return _text(head) or _binary(head)


def _zip(file: Path) -> str:
    """Return what a zip is, by the names of its members."""
    try:
        with zipfile.ZipFile(file) as archive:
            paths = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise ExplorerError(
            f"{file} is a damaged zip; copy it again, or give a state dict, saved with torch.save(model.state_dict(), 'weights.pth') or as .safetensors."
        ) from error
    names = {path.rsplit("/", 1)[-1] for path in paths}
    marks = {"constants.pkl": TORCHSCRIPT, "archive_format": EXPORTED, "model.weights.h5": "keras"}
    marks |= {"data.pkl": TORCH_ZIP, "schema.json": "sklearn"}
    found = next((kind for name, kind in marks.items() if name in names), "")
    exported = any(re.search(r"serialized_exported_program\.json$|models/[^/]+\.json$", path) for path in paths)
    if not exported and any("/aotinductor/" in path for path in paths):
        return "aotinductor"
    if not found and exported:
        return EXPORTED
    if not found and any(path.lower().endswith(PACKED) for path in paths):
        return "archive"
    return found or ("numpy" if paths and all(path.endswith(".npy") for path in paths) else "zip")


def _safetensors(head: bytes, size: int) -> bool:
    """Return whether a file begins as safetensors do: the length of a table in JSON, and that table."""
    length = int.from_bytes(head[:8], "little")
    return 2 <= length <= min(HEADER, size - 8) and head[8:9] == b"{"


def _text(head: bytes) -> str:
    """Return what a text is; empty where it is none that is known."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<head")):
        return "page"
    if start.startswith((b"<?xml", b"<net")):
        return "openvino" if b"<net" in start else "page"
    if start.startswith((b"{", b"[")) and _printable(head):
        return "json"
    return ""


def _printable(head: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\r\n" for byte in head)


def _binary(head: bytes) -> str:
    """Return what a file of bytes is: an ONNX graph, a pickle, or nothing that is known."""
    if _onnx(head):
        return "coreml" if is_core_ml(head) else ONNX
    if 0x81 <= head[0] <= 0x8F and b"params" in head[:64]:  # a table of MessagePack
        return "flax"
    if head[:1] in (b"\x80", b"(", b"}", b"]", b"c"):
        return "sklearn" if JOBLIB in head else PICKLE
    return _message(head) or OTHER


def _message(head: bytes) -> str:
    """Return the library whose network begins with a message or name as the first field of a protocol buffer; empty for none.

    A node of TensorFlow has a name and an operator, a block of Paddle two numbers; Caffe's network has a name and then layers.
    """
    if len(head) < 8 or head[0] != 0x0A:
        return ""
    inside = head[2:] if head[1] < 128 else head[3:] if head[2] < 128 else head[4:]
    if inside[:2] == b"\x08\x00" and inside[2] == 0x10:
        return "paddle"
    if inside[0] == 0x0A:
        behind = inside[2 + inside[1] :]
        operator = behind[2 : 2 + behind[1]] if len(behind) > 2 and behind[0] == 0x12 else b""
        return "frozen" if operator.isalnum() else ""
    name, behind = inside[: head[1]], inside[head[1] :]
    return "caffe" if behind[:1] in (b"\x12", b"\xa2", b"\x1a") and name and _printable(name) else ""


def is_core_ml(head: bytes) -> bool:
    """Return whether the beginning of a protocol buffer is Core ML's: its second field is a message, where ONNX has a name."""
    place = 4 if head[3] < 128 else 5
    return head[2] == 0x12 and head[place : place + 1] == b"\x0a"


def _onnx(head: bytes) -> bool:
    """Return whether a file begins as an ONNX graph: the version of the format, then who made it or the graph itself.

    ``ModelProto`` is a protocol buffer: field 1 is a small number; 2 to 6 are texts and a number, 7 the graph, 8 the operators.
    """
    return (
        len(head) > 4
        and head[0] == 0x08
        and 3 <= head[1] < 32
        and head[2] in (0x12, 0x1A, 0x22, 0x2A, 0x32, 0x3A, 0x42)
    )
