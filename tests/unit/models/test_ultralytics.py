"""Classifiers that Ultralytics exported: prepared as it prepares its pictures, and their outputs named, as the file says."""

import json
import zipfile

import numpy as np
import onnx
import pytest
import torch

from explorer.core.progress import silent
from explorer.core.torchvision_compat import torchvision
from explorer.models.backbones import Backbone, extract_features
from explorer.models.custom.spec import NetworkSpec
from explorer.models.custom.ultralytics import Ultralytics, by_ultralytics, ultralytics_in_script
from explorer.models.libraries.networks import asked_preparation, default_preparation, own_size
from explorer.models.preparation.choice import NETWORK, PreparationChoice
from tests.support.networks import PICTURES
from tests.support.onnx_files import exported, tiny

WORDS = {"author": "Ultralytics", "task": "classify", "imgsz": [32, 32], "names": {"0": "dog", "1": "cat", "2": "ant"}}
TEXTS = WORDS | {"imgsz": "[32, 32]", "names": "{0: 'dog', 1: 'cat', 2: 'ant'}"}


def graph(net, path):
    model = onnx.load(exported(net, path))
    onnx.helper.set_model_props(model, TEXTS)
    onnx.save(model, path)


def script(net, path):
    torch.jit.trace(net, torch.rand(2, 3, 32, 32)).save(str(path), _extra_files={"config.txt": json.dumps(WORDS)})


@pytest.mark.parametrize(("name", "save"), [("onnx", graph), ("torchscript", script)])
def test_pictures_are_prepared_as_ultralytics_does_and_outputs_named(name, save, tmp_path):
    net = tiny(3)
    save(net, tmp_path / "best.file")
    spec = NetworkSpec(str(tmp_path / "best.file"), trust_code=True)
    size = own_size(name, spec)
    assert size == 32
    way = default_preparation(name, spec, size)
    body = Backbone(name, size, spec, preparation=way).load(silent)
    assert body.classes == ("dog", "cat", "ant")
    assert "Ultralytics made it, so pictures are prepared as that does: " in body.notes[-1]
    transforms = torchvision.transforms
    cut = transforms.Compose([transforms.Resize(32), transforms.CenterCrop(32), transforms.ToTensor()])
    with torch.inference_mode():
        truth = net[:-1](torch.stack([cut(PICTURES[row]) for row in range(3)])).numpy()
    np.testing.assert_allclose(extract_features(body, PICTURES, range(3), way), truth, rtol=0, atol=1e-5)
    asked = NetworkSpec(spec.checkpoint, trust_code=True, preparation=PreparationChoice(base=NETWORK))
    assert asked_preparation(name, asked, size) == way


@pytest.mark.parametrize(
    "changed",
    [{"author": "me"}, {"task": "detect"}, {"imgsz": "[32, 64]"}, {"imgsz": "[9999, 9999]"}, {"imgsz": "["}],
)
def test_what_is_no_such_classifier_is_left_alone(changed):
    assert by_ultralytics(TEXTS | changed) is None


def test_names_that_are_none_are_left_out():
    assert by_ultralytics(TEXTS | {"names": "open('x')"}) == Ultralytics(32)


def test_a_damaged_file_says_nothing_of_itself(tmp_path):
    file = tmp_path / "best.torchscript"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("best/extra/config.txt", json.dumps(WORDS | {"notes": list(range(500))}))
    assert ultralytics_in_script(str(file)) == Ultralytics(32, ("dog", "cat", "ant"))
    content = file.read_bytes()
    file.write_bytes(content[:70] + b"\xff" * 60 + content[130:])  # within what is packed
    assert ultralytics_in_script(str(file)) is None
