"""What fastai's learners save: a body of numbered layers, and a head that pools by the largest and the mean, with batch norms before its layers."""

import numpy as np
import pytest
import torch
from torch import nn

from explorer.core.progress import silent
from explorer.models.backbones import Backbone
from explorer.models.custom.spec import NetworkSpec
from tests.support.networks import features, images, listened, loaded, network, saved

SIZE = 64


class ConcatPool(nn.Module):
    """fastai's ``AdaptiveConcatPool2d``."""

    def forward(self, maps):
        return torch.cat([nn.functional.adaptive_max_pool2d(maps, 1), nn.functional.adaptive_avg_pool2d(maps, 1)], 1)


def head(width, *behind, pool=None, norm=True):
    """fastai's ``create_head``, without the layers behind its pool where they are given."""
    made = [pool or ConcatPool(), nn.Flatten(), *([nn.BatchNorm1d(width)] if norm else []), nn.Dropout()]
    made += behind or [
        nn.Linear(width, 32, bias=False),
        nn.ReLU(),
        nn.BatchNorm1d(32),
        nn.Dropout(),
        nn.Linear(32, 3, bias=False),
    ]
    return nn.Sequential(*made)


def learnt(name, cut, last):
    """A network as fastai cuts it, with statistics of batch norms by which features of both signs come to the head."""
    torch.manual_seed(0)
    body = nn.Sequential(*list(network(name).children())[:cut])
    net = nn.Sequential(body, last).train()
    for part in last.modules():
        if isinstance(part, nn.BatchNorm1d):
            nn.init.normal_(part.weight, 1, 0.2)
            nn.init.normal_(part.bias, 0, 0.3)
            part.momentum = 0.5
    with torch.no_grad():
        for _ in range(5):
            net(torch.rand(8, 3, SIZE, SIZE) * torch.rand(8, 1, 1, 1))
    return net.eval()


WIDTHS = {"resnet18": (512, -2), "efficientnet_b0": (1280, -2), "mobilenet_v3_small": (576, -2)}
FORMS = {
    "usual": lambda width: head(2 * width),
    "deeper": lambda width: head(2 * width, nn.Linear(2 * width, 32, bias=False), nn.ReLU(), nn.BatchNorm1d(32), nn.Dropout(), nn.Linear(32, 8, bias=False), nn.ReLU(), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 3, bias=False)),
    "linear first": lambda width: head(2 * width, nn.Linear(2 * width, 32, bias=False), nn.ReLU(), nn.BatchNorm1d(32), nn.Dropout(), nn.Linear(32, 3), norm=False),
    "one mean": lambda width: head(width, pool=nn.AdaptiveAvgPool2d(1)),
    "one layer": lambda width: head(2 * width, nn.Linear(2 * width, 3)),
}  # fmt: skip


def judged(net, name, path):
    """Compare features and own last layer with what fastai's network computes."""
    body = loaded(saved({"model": net.state_dict(), "opt": {}}, path), name, SIZE)
    last = [part for part in net.modules() if isinstance(part, nn.Linear)][-1]
    expected = listened(net, last, images(SIZE)).numpy()
    assert expected.min() < 0 < expected.max()
    np.testing.assert_allclose(features(body, SIZE), expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    np.testing.assert_allclose(body.head()[0], last.weight.detach().numpy())
    return body


@pytest.mark.parametrize("form", FORMS)
def test_a_head_of_fastai_is_judged(form, tmp_path):
    notes = judged(learnt("resnet18", -2, FORMS[form](512)), "resnet18", tmp_path / "a.pth").notes
    said = "Its last part reads the largest value and the mean of each channel, one behind the other, as fastai's does."
    assert (said in notes) == (form != "one mean")
    assert any("taken for dropout" in note for note in notes) == (form == "one mean")


@pytest.mark.parametrize("name", [name for name in WIDTHS if name != "resnet18"])
def test_other_bodies_of_fastai_are_read(name, tmp_path):
    width, cut = WIDTHS[name]
    judged(learnt(name, cut, head(2 * width)), name, tmp_path / "a.pth")


@pytest.mark.parametrize("pool", [ConcatPool(), nn.AdaptiveAvgPool2d(1)])
def test_a_body_that_fastai_cuts_before_its_last_function_is_taken_without_the_head(pool, tmp_path):
    net = nn.Sequential(
        nn.Sequential(network("densenet121").features), head(2048 if isinstance(pool, ConcatPool) else 1024, pool=pool)
    )
    spec = NetworkSpec(saved(net.state_dict(), tmp_path / "a.pth"))
    reading = Backbone("densenet121", SIZE, spec).network(silent)[1]
    assert reading.headless
    assert "Its last part was not understood; a last layer was fitted to its features." in reading.notes


@pytest.mark.parametrize("norm", [nn.BatchNorm1d(512), nn.LayerNorm(512)])
def test_a_norm_before_a_layer_has_no_function_between_them(norm, tmp_path):
    net = network("resnet18")
    net.fc = nn.Sequential(norm, nn.Dropout(), nn.Linear(512, 2))
    norm.bias.data.fill_(-1.0)
    expected = listened(net.eval(), net.fc[2], images(SIZE)).numpy()
    assert expected.min() < 0
    body = loaded(saved(net.state_dict(), tmp_path / "a.pth"), "resnet18", SIZE)
    np.testing.assert_allclose(features(body, SIZE), expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    (note,) = body.notes
    assert note.startswith("Its last layer is its own: fc.2. What may stand behind its norm is taken for dropout,")
