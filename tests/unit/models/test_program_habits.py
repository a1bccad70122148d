"""What programs do themselves: saved in training mode, pictures normalised, answers softened, layers frozen or taken apart."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from explorer.core.errors import ExplorerError
from tests.support.networks import features, images, listened, loaded

pytestmark = pytest.mark.filterwarnings("ignore")
NORMALISES = "It normalises its pictures itself, and they come to it normalised: add --mean 0 --std 1."
SOFTENS = "It ends in softmax; its own last layer is judged before it."


class Tiny(nn.Module):
    """Convolution, batch norm and a linear layer: torch's compiler is quick with it."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten()
        )
        self.fc = nn.Linear(32, 2)

    def forward(self, pixels):
        return self.fc(self.body(pixels))


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return Tiny().eval()


class Deployed(nn.Module):
    """A network that prepares its pictures and answers in probabilities."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1))

    def forward(self, pixels):
        return self.inner((pixels - self.mean) / self.std).softmax(1)


class Answer(dict):
    """An answer of a library's own class."""


def traced(net, path):
    torch.jit.trace(net, images(), check_trace=False).save(path)
    return "torchscript"


def frozen(net, path):
    torch.jit.freeze(torch.jit.trace(net, images())).save(path)
    return "torchscript"


def optimised(net, path):
    torch.jit.optimize_for_inference(torch.jit.trace(net, images())).save(path)
    return "torchscript"


def exported(net, path):
    batch = ({0: torch.export.Dim("batch")},)
    torch.export.save(torch.export.export(net, (images()[:2],), dynamic_shapes=batch), path)
    return "torch-export"


def decomposed(net, path):
    torch.export.save(torch.export.export(net, (images()[:2],)).run_decompositions(), path)
    return "torch-export"


def program(path, kind, **own):
    return loaded(path, kind, trust_code=True, **own)


@pytest.mark.parametrize("save", [frozen, decomposed])
def test_a_program_without_its_layers_names_is_read_at_its_last_linear_layer(save, net, tmp_path, capfd):
    path = tmp_path / "net.pt"
    body = program(path, save(net, path))
    expected = listened(net, net.fc, images()).numpy()
    np.testing.assert_allclose(features(body), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    for found, part in zip(body.head(), (net.fc.weight, net.fc.bias), strict=True):
        np.testing.assert_allclose(found, part.detach().numpy(), rtol=1e-6)
    assert body.notes == ()
    assert capfd.readouterr().err == ""


def test_a_program_that_was_optimised_for_one_machine_is_refused(net, tmp_path):
    path = tmp_path / "net.pt"
    with pytest.raises(ExplorerError, match=r"save one with torch\.jit\.script\(model\.eval\(\)\)\.save"):
        program(path, optimised(net, path))


@pytest.mark.parametrize("save", [traced, exported, decomposed])
def test_a_program_that_prepares_and_softens_itself_says_so(save, net, tmp_path):
    path = tmp_path / "net.pt"
    kind = save(Deployed(net).eval(), path)
    assert program(path, kind).notes == (NORMALISES, SOFTENS)
    body = program(path, kind, mean=(0.0,) * 3, std=(1.0,) * 3)
    assert body.notes == (SOFTENS,)
    expected = listened(net, net.fc, images()).numpy()
    np.testing.assert_allclose(features(body), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    np.testing.assert_allclose(body.head()[0], net.fc.weight.detach().numpy())


class Scripted(Deployed):
    """The same with a branch, as torchvision's own Normalize has one."""

    def forward(self, pixels):
        if bool((self.std == 0).any()):
            raise ValueError("a deviation is 0")
        return self.inner(pixels.clone().sub_(self.mean).div_(self.std))


def test_a_scripted_program_that_prepares_itself_says_so(net, tmp_path):
    torch.jit.script(Scripted(net).eval()).save(tmp_path / "net.pt")
    assert program(tmp_path / "net.pt", "torchscript").notes == (NORMALISES,)


@pytest.mark.parametrize("save", [traced, exported])
@pytest.mark.parametrize("part", ["batch norms", "dropout"])
def test_a_program_saved_in_training_mode_is_refused(save, part, net, tmp_path):
    path, training = tmp_path / "net.pt", copy.deepcopy(net)
    if part == "batch norms":
        training.train()
    else:
        training.fc = nn.Sequential(nn.Dropout(), training.fc).train()
    kind = save(training, path)
    with pytest.raises(
        ExplorerError,
        match=r"gives one picture other features each time or beside other pictures: it was saved in training mode; save it again after model\.eval\(\), with torch",
    ):
        program(path, kind)


def test_a_program_of_the_other_format_is_named(net, tmp_path):
    path = tmp_path / "net.pt"
    traced(net, path)
    with pytest.raises(ExplorerError, match=r"is a TorchScript program; give --backbone torchscript --trust-code\.$"):
        program(path, "torch-export")
    (tmp_path / "net.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99))
    with pytest.raises(ExplorerError, match=r"is an HDF5 file, as Keras writes it; export it where Keras is"):
        program(tmp_path / "net.h5", "torchscript")


def test_a_program_of_half_precision_is_read(net, tmp_path):
    torch.jit.script(copy.deepcopy(net).half()).save(tmp_path / "net.pt")
    expected = listened(net, net.fc, images()).numpy()
    np.testing.assert_allclose(features(program(tmp_path / "net.pt", "torchscript")), expected, rtol=1e-2, atol=1e-2)


class Scaled(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, pixels):
        return self.inner(pixels / 255)


@pytest.mark.parametrize("save", [traced, exported])
def test_a_program_that_divides_by_255_says_so(save, net, tmp_path):
    kind = save(Scaled(net).eval(), tmp_path / "net.pt")
    [note] = program(tmp_path / "net.pt", kind).notes
    assert (
        note
        == "It divides its pixels by 255 itself, and they come to it from 0 to 1: add --white 255 --mean 0 --std 1."
    )


CAFFE = (torch.tensor([103.9, 116.8, 123.7]).view(3, 1, 1), torch.tensor([57.4, 57.1, 58.4]).view(3, 1, 1))
COARSE = tuple(each.bfloat16() for each in CAFFE)
BEGINNINGS = {
    "from −1 to 1 by one division": (lambda pixels: pixels / 127.5 - 1, "normalises pixels from 0 to 255"),
    "mean and deviation of 255": (lambda pixels: (pixels - CAFFE[0]) / CAFFE[1], "normalises pixels from 0 to 255"),
    "by a part of 255": (lambda pixels: pixels * (1 / 255) - 0.5, "divides its pixels by 255"),
    "blown up to 255": (lambda pixels: pixels[:, [2, 1, 0]] * 255 - CAFFE[0], ""),
    "multiplied by 255": (lambda pixels: pixels * 255, "changes the scale of its pixels"),
    "multiplied by 2": (lambda pixels: pixels * 2, "changes the scale of its pixels"),
    "from −1 to 1": (lambda pixels: pixels * 2 - 1, ""),
    "turned round": (lambda pixels: 1 - pixels, ""),
    "turned round from 255": (lambda pixels: 1 - pixels / 255, "divides its pixels by 255"),
    "turned round before the division": (lambda pixels: (255 - pixels) / 255, "divides its pixels by 255"),
    "numbers of bfloat16": (lambda pixels: (pixels - COARSE[0]) / COARSE[1], "normalises pixels from 0 to 255"),
}


class Begun(nn.Module):
    def __init__(self, inner, begin):
        super().__init__()
        self.inner, self.begin = inner, begin

    def forward(self, pixels):
        return self.inner(self.begin(pixels))


@pytest.mark.parametrize("save", [traced, exported])
@pytest.mark.parametrize("case", BEGINNINGS)
def test_the_scale_of_pixels_follows_from_a_programs_own_numbers(case, save, net, tmp_path):
    begin, large = BEGINNINGS[case]
    kind = save(Begun(net, begin).eval(), tmp_path / "net.pt")
    if large.startswith("changes"):
        says = f"It {large} itself, and they come to it normalised: add --mean 0 --std 1."
    else:
        says = f"It {large} itself, and they come to it from 0 to 1: add --white 255 --mean 0 --std 1."
    assert program(tmp_path / "net.pt", kind).notes == (says if large else NORMALISES,)


class Classified(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, pixels):
        return Answer(logits=self.inner(pixels))


def test_an_answer_of_another_librarys_class_is_refused_with_the_way(net, tmp_path):
    from torch.utils import _pytree

    path = tmp_path / "net.pt2"
    name = "library.Answer"
    _pytree.register_pytree_node(
        Answer,
        lambda answer: (list(answer.values()), list(answer)),
        lambda values, keys: Answer(zip(keys, values, strict=True)),
        serialized_type_name=name,
    )
    exported(Classified(net), path)
    for table in (_pytree.SUPPORTED_NODES, _pytree.SUPPORTED_SERIALIZED_TYPES):
        table.pop(Answer, None)
    _pytree.SERIALIZED_TYPE_TO_PYTHON_TYPE.pop(name)
    with pytest.raises(
        ExplorerError,
        match=r"gives its answer as an object of its own library \(library\.Answer\), .* such as model\(images\)\.logits\.$",
    ):
        program(path, "torch-export")
