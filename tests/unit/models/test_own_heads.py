"""Last parts and first layers of a person's own: the body is taken, the last linear layer is the head, what was assumed is said."""

import copy
import re

import numpy as np
import pytest
import torch
from torch import nn

from explorer.core.errors import ExplorerError
from explorer.models.custom.fitting.file_facts import classes_in
from tests.support.networks import NAME, features, images, listened, loaded, network, saved

WIDTH = 1024


def last_linear(net):
    return [module for module in net.modules() if isinstance(module, nn.Linear)][-1]


def given(net, name=NAME, size=32, path=None, state=None):
    """Compare what a file's network gives with what the last linear layer of the person's own is heard to be given."""
    body = loaded(saved(net.state_dict() if state is None else state, path), name, size)
    expected = listened(net, last_linear(net), images(size)).numpy()
    np.testing.assert_allclose(features(body, size), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    np.testing.assert_allclose(body.head()[0], last_linear(net).weight.detach().numpy())
    return body


def with_head(head, name=NAME, place="fc"):
    net = network(name, 2)
    parent, _, last = place.rpartition(".")
    setattr(net.get_submodule(parent), last, head)
    return net.eval()


def bent(layers):
    """Layers whose numbers are no initial ones."""
    torch.manual_seed(1)
    for part in layers.parameters():
        part.data.add_(0.1 * torch.randn_like(part))
    return layers


HEADS = {
    "Dropout and Linear": (
        lambda: nn.Sequential(nn.Dropout(), nn.Linear(WIDTH, 2)),
        NAME,
        "fc",
        r"^Its last layer is its own: fc\.1\.$",
    ),
    "nested": (lambda: nn.Sequential(nn.Sequential(nn.Dropout(), nn.Linear(WIDTH, 2))), NAME, "fc", r"fc\.0\.1\.$"),
    "no bias, as cosine heads have it": (
        lambda: nn.Linear(WIDTH, 2, bias=False),
        NAME,
        "fc",
        r"^Its last layer is its own: fc\. It has no bias and is judged as a plain layer; if its weights are scaled to length 1 before use, as ArcFace .* save them so: state\[name\] = torch\.nn\.functional\.normalize\(state\[name\]\)\.$",
    ),
    "two layers": (
        lambda: nn.Sequential(nn.Linear(WIDTH, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 2)),
        NAME,
        "fc",
        r"^Its last part has 2 linear layers \(1024 → 8 → 2\); all but the last one with ReLU between them, which the file does not say, belong to the features\.$",
    ),
    "two layers and a batch norm": (
        lambda: nn.Sequential(nn.Linear(WIDTH, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2)),
        NAME,
        "fc",
        r"with ReLU between them",
    ),
    "two layers, one after the other": (
        lambda: nn.Sequential(nn.Linear(WIDTH, 8), nn.Linear(8, 2)),
        NAME,
        "fc",
        r"^Its last part has 2 linear layers \(1024 → 8 → 2\); all but the last one belong to the features\.$",
    ),
    "a Linear in place of a Sequential": (
        lambda: nn.Linear(1280, 2),
        "mobilenet_v2",
        "classifier",
        r"own: classifier\.$",
    ),
    "inside the Sequential": (
        lambda: nn.Sequential(nn.Dropout(), nn.Linear(1280, 2)),
        "mobilenet_v2",
        "classifier.1",
        r"own: classifier\.1\.1\.$",
    ),
    "the published activation": (
        lambda: nn.Sequential(nn.Linear(576, 16), nn.Hardswish(), nn.Dropout(), nn.Linear(16, 2)),
        "mobilenet_v3_small",
        "classifier",
        r"^Its last part has 2 linear layers \(576 → 16 → 2\); all but the last one with Hardswish between them, which the file does not say, belong to the features\.$",
    ),
}


@pytest.mark.parametrize("head", HEADS)
def test_a_last_part_of_ones_own_is_read(head, tmp_path):
    make, name, place, says = HEADS[head]
    body = given(with_head(bent(make()), name, place), name, path=tmp_path / "a.pth")
    [note] = body.notes
    assert re.search(says, note), note


class Wrapped(nn.Module):
    """A person's own model: a published network as the body, and a head beside it."""

    def __init__(self, body, head):
        super().__init__()
        self.backbone, self.head = body, head

    def forward(self, pictures):
        return self.head(self.backbone(pictures))


def test_a_head_beside_the_body_is_read(tmp_path):
    net = Wrapped(with_head(nn.Identity()), nn.Sequential(nn.Dropout(), nn.Linear(WIDTH, 3))).eval()
    body = given(net, path=tmp_path / "a.pth")
    assert body.head()[0].shape == (3, WIDTH)
    assert body.notes == ("Its last layer is its own: fc.1.",)


class Beside(nn.Module):
    """A network with the parts of its own beside the published ones, and layers of the head by names of their own."""

    def __init__(self):
        super().__init__()
        self.base, self.projector = with_head(nn.Identity()), nn.Linear(WIDTH, 64)
        self.classifier = nn.Linear(WIDTH, 3)

    def forward(self, pictures):
        return self.classifier(self.base(pictures))


class Flat(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = network("mobilenet_v2").features
        self.fc1, self.bn, self.fc2 = nn.Linear(1280, 16), nn.BatchNorm1d(16), nn.Linear(16, 2)

    def forward(self, pictures):
        return self.fc2(self.bn(self.fc1(self.features(pictures).mean((2, 3)))).relu())


class Row(nn.Module):
    def __init__(self):
        super().__init__()
        self.base, self.fc1, self.fc2 = with_head(nn.Identity()), nn.Linear(WIDTH, 16), nn.Linear(16, 2)

    def forward(self, pictures):
        return self.fc2(self.fc1(self.base(pictures)).relu())


def test_heads_under_names_of_their_own_are_read(tmp_path):
    assert given(Beside().eval(), path=tmp_path / "a.pth").head()[0].shape == (3, WIDTH)
    assert "16 → 2" in given(Flat().eval(), "mobilenet_v2", path=tmp_path / "b.pth").notes[0]
    assert "16 → 2" in given(Row().eval(), path=tmp_path / "c.pth").notes[0]


def test_a_body_cut_into_a_sequential_is_taken_by_the_order_of_its_parts(tmp_path):
    whole = network("resnet18", 2)
    parts = Wrapped(nn.Sequential(*list(whole.children())[:-1], nn.Flatten()), nn.Linear(512, 2)).eval()
    body = given(parts, "resnet18", path=tmp_path / "a.pth")
    assert body.notes[0] == "Its layers have numbers in place of names, and were taken in the network's order."


def test_a_body_without_a_head_is_taken_and_its_layer_not_judged(tmp_path):
    net = network()
    state = {name: value for name, value in net.state_dict().items() if not name.startswith("fc.")}
    body = loaded(saved(state, tmp_path / "a.pth"))
    np.testing.assert_allclose(features(body), listened(net, net.fc, images()), rtol=1e-4, atol=1e-3)
    assert body.head() is None
    assert body.notes == ("It holds no last layer; one was fitted to its features.",)


def wide(entering, leaving):
    """A layer whose numbers are one number, many times."""
    made = nn.Linear(1, 1, bias=False)
    made.weight = nn.Parameter(torch.zeros(1, 1).expand(leaving, entering), requires_grad=False)
    return made


WRONG = {
    "a convolution": lambda: nn.Sequential(nn.Conv2d(WIDTH, 2, 1)),
    "another width": lambda: nn.Linear(WIDTH + 1, 2),
    "layers that do not meet": lambda: nn.Sequential(nn.Linear(WIDTH, 8), nn.Linear(9, 2)),
    "layers that claim more memory than there is": lambda: nn.Sequential(wide(WIDTH, 99_000), wide(99_000, 99_000)),
    "no linear layer at its end": lambda: nn.Sequential(nn.Linear(WIDTH, 8), nn.BatchNorm1d(8)),
}


@pytest.mark.parametrize("head", WRONG)
def test_a_last_part_that_cannot_be_read_is_refused(head, tmp_path):
    net = network()
    net.fc = WRONG[head]()
    with pytest.raises(ExplorerError, match=r"shufflenet_v2_x0_5"):
        loaded(saved(net.state_dict(), tmp_path / "a.pth"))


# First layers


def test_a_first_layer_for_small_pictures_is_read(tmp_path):
    net = network("resnet18", 2)
    net.conv1, net.maxpool = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity()
    body = given(net.eval(), "resnet18", path=tmp_path / "a.pth")
    assert body.notes == (
        "Its first layer looks at 3 × 3 pixels, as networks for small pictures do: it is taken with stride 1, and the pooling after it is left out.",
    )


class Grey(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, pictures):
        return self.inner((pictures * torch.tensor((0.299, 0.587, 0.114)).view(3, 1, 1)).sum(1, keepdim=True))


def test_a_first_layer_for_grey_pictures_is_given_the_brightness(tmp_path):
    net = network(NAME, 2)
    first = net.conv1[0]
    net.conv1[0] = nn.Conv2d(1, 24, 3, 2, 1, bias=False)
    net.conv1[0].weight.data = copy.deepcopy(first.weight.data[:, :1])
    body = given(Grey(net).eval(), path=tmp_path / "a.pth", state=net.state_dict())
    assert body.notes[0].startswith("Its first layer takes grey pictures: it is given the brightness of each pixel")


# What stands beside the weights


NAMES = {
    "a list": {"class_names": ["dog", "cat"]},
    "by number": {"idx_to_class": {0: "dog", 1: "cat"}},
    "to number": {"class_to_idx": {"cat": 1, "dog": 0}},
    "in a table": {"hyper_parameters": {"id2label": {"1": "cat", "0": "dog"}}},
    "of mmengine": {"meta": {"epoch": 1, "dataset_meta": {"classes": ("dog", "cat")}}},
    "of mmcv": {"meta": {"epoch": 1, "CLASSES": ["dog", "cat"]}},
}


@pytest.mark.parametrize("case", NAMES)
def test_names_of_outputs_in_the_file_are_found(case, tmp_path):
    net = network()
    body = loaded(saved({"model": net.state_dict(), **NAMES[case]}, tmp_path / "a.pth"))
    assert body.classes == ("dog", "cat")


@pytest.mark.parametrize(
    "content",
    [{"classes": 2}, {"class_to_idx": {"a": 0, "b": 0}}, {"names": [1, 2]}, {"id2label": {"0": "a", "5": "b"}}],
)
def test_what_names_no_outputs_is_left(content):
    assert classes_in(content) == ()


def test_a_file_that_names_another_network_is_doubted(tmp_path):
    content = {"arch": "shufflenetblur", "state_dict": network().state_dict()}
    [note] = loaded(saved(content, tmp_path / "a.pth")).notes
    assert note.startswith(
        "Its file calls the network shufflenetblur, and it was read as shufflenet_v2_x0_5: equal names"
    )
    content["arch"] = "shufflenet-v2-x0-5"
    assert loaded(saved(content, tmp_path / "b.pth")).notes == ()


def test_of_several_heads_the_body_is_read_and_that_is_said(tmp_path):
    net = network()
    body = {name: value for name, value in net.state_dict().items() if not name.startswith("fc.")}
    heads = {f"head_{at}.{part}": torch.ones(2, 1024) for at in "ab" for part in ("weight",)}
    found = loaded(saved(body | heads, tmp_path / "a.pth"))
    assert "Left aside: 2 tensors that are no part of the network (head_a.weight, head_b.weight)." in found.notes
    assert "Its last part was not understood; a last layer was fitted to its features." in found.notes
    np.testing.assert_allclose(features(found), features(loaded(saved(net.state_dict(), tmp_path / "b.pth"))))
