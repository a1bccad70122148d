"""Whole networks that were pickled: read as numbers where their layers are the named network's, else refused with the way."""

import sys
import types

import pytest
from torch import nn

from explorer.core.errors import ExplorerError
from tests.support.networks import loaded, network, saved


def strides(net):
    """A resnet's block that halves in its second convolution."""
    block = net.layer2[0]
    block.conv1.stride, block.conv2.stride = (1, 1), (2, 2)


def pooling(net):
    net.maxpool = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.AvgPool2d(2))


def activation(net):
    net.layer1[0].relu = nn.SiLU()


OTHER = {
    "strides": (
        strides,
        r"whose layer layer2\.0\.conv1 has stride \(1, 1\), unlike resnet18's; save it where it was made: model = torch\.load\(path, weights_only=False\)\.eval\(\); torch\.jit\.trace",
    ),
    "an activation": (activation, r"whose layer layer1\.0\.relu is a SiLU, unlike resnet18's"),
    "pooling": (pooling, r"whose layer maxpool is a Sequential, unlike resnet18's"),
}


@pytest.mark.parametrize("case", OTHER)
def test_a_whole_network_that_computes_otherwise_is_refused_though_all_names_agree(case, tmp_path):
    change, says = OTHER[case]
    net = network("resnet18", 2)
    change(net)
    with pytest.raises(ExplorerError, match=says):
        loaded(saved(net, tmp_path / "a.pth"), "resnet18")
    loaded(saved(net.state_dict(), tmp_path / "b.pth"), "resnet18")  # tensors alone do not tell


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "densenet121", "efficientnet_b0"])
def test_a_whole_network_of_torchvision_is_read(name, tmp_path):
    net = network(name, 2)
    body = loaded(saved(nn.DataParallel(net), tmp_path / "a.pth"), name, 64)
    assert body.notes[0].startswith("It is a whole network of the class torch.nn.parallel.data_parallel.DataParallel")


def test_a_whole_network_with_a_head_of_its_own_is_read(tmp_path):
    net = network("resnet18", 2)
    net.fc = nn.Sequential(nn.Dropout(), nn.Linear(512, 2))
    assert loaded(saved(net, tmp_path / "a.pth"), "resnet18").notes[1] == "Its last layer is its own: fc.1."


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(4, 2)


@pytest.fixture
def of_library(monkeypatch):
    """Make a class that claims to be a library's, in modules that exist while it is pickled."""

    def make(module, name, base=nn.Module):
        parts = module.split(".")
        for count in range(1, len(parts) + 1):
            monkeypatch.setitem(sys.modules, ".".join(parts[:count]), whole := types.ModuleType(module))
        made = type(name, (base,), {"__module__": module})
        setattr(whole, name, made)
        return made

    return make


LIBRARIES = {
    "one's own class": (
        lambda library: Own(),
        r"holds a whole network of the class [\w.]*\.Own, which is not built as shufflenet_v2_x0_5 is; save it where it was made: model = torch\.load",
    ),
    "Ultralytics": (
        lambda library: {
            "model": library("ultralytics.nn.tasks", "ClassificationModel", Own)(),
            "ema": None,
            "epoch": -1,
        },
        r"ultralytics\.nn\.tasks\.ClassificationModel, which is not built as shufflenet_v2_x0_5 is; export it where it was made: from ultralytics import YOLO; YOLO\(path\)\.export\(format='onnx'\), and give the \.onnx file\.$",
    ),
    "fastai": (
        lambda library: library("fastai.learner", "Learner", object)(),
        r"holds an object of the class fastai\.learner\.Learner, not weights alone; export it where it was made: learn = load_learner\(path\); torch\.onnx\.export",
    ),
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_whole_network_of_another_class_is_refused_with_the_lines_that_export_it(library, of_library, tmp_path):
    make, says = LIBRARIES[library]
    with pytest.raises(ExplorerError, match=says):
        loaded(saved(make(of_library), tmp_path / "a.pth"))


def test_a_learner_whose_network_fits_by_number_is_told_how_to_export_it(of_library, tmp_path):
    learner = of_library("fastai.learner", "Learner", object)()
    body = nn.Sequential(*list(network("resnet18").children())[:-2])
    learner.model = nn.Sequential(body, nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 2)))
    with pytest.raises(ExplorerError, match=r"Sequential whose layer .* learn = load_learner\(path\); torch\.onnx"):
        loaded(saved(learner, tmp_path / "a.pth"), "resnet18")


def test_a_learner_with_its_network_is_known_by_it(of_library, tmp_path):
    learner = of_library("fastai.learner", "Learner", object)()
    learner.model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Linear(4, 2))
    with pytest.raises(
        ExplorerError, match=r"fastai\.learner\.Learner, not weights alone; export it where it was made"
    ):
        loaded(saved(learner, tmp_path / "a.pth"))
