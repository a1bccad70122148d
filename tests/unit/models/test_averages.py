"""Averages beside weights: taken where they are some, left where they are a copy from before training, and said."""

import pytest
import torch
from torch.optim.swa_utils import AveragedModel

from tests.support.networks import loaded, network, saved


def trained():
    """A network, its average as it is begun, and the network a step later."""
    net = network().train()
    average = AveragedModel(net)
    with torch.no_grad():
        net(torch.rand(2, 3, 32, 32))
        for part in net.parameters():
            part.add_(0.1)
    return net, average


def taken(path, net, **own):
    """The notes, and whether the last layer that is read is that of ``net``."""
    body = loaded(path, **own)
    return " ".join(body.notes), bool((body.head()[0] == net.fc.weight.detach().double().numpy()).all())


def under(prefix, net):
    return {f"{prefix}.{name}": value for name, value in net.state_dict().items()}


def lightning(net, average, count):
    callback = {"n_averaged": count, "average_model_state": under("net", average.module)}
    return {"state_dict": under("net", net), "callbacks": {"StochasticWeightAveraging": callback}}


def two_networks(net, average, begun):
    return {"initted": torch.tensor(begun), **under("online_model", net), **under("ema_model", average.module)}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda net, mean: {"model": net.state_dict(), "swa": mean.state_dict()}, id="torch"),
        pytest.param(lambda net, mean: lightning(net, mean, 0), id="Lightning"),
        pytest.param(lambda net, mean: two_networks(net, mean, False), id="ema_pytorch"),
    ],
)
def test_an_average_that_is_not_begun_is_not_taken(content, tmp_path):
    net, average = trained()
    notes, raw = taken(saved(content(net, average), tmp_path / "a.pth"), net)
    assert raw
    assert "is not begun: it holds the network as it was before training; so it was not taken" in notes


def test_an_average_without_statistics_of_batch_norms_is_taken_where_it_is_asked_for_only(tmp_path):
    net, average = trained()
    path = saved(lightning(net, average, 2), tmp_path / "a.ckpt")
    notes, raw = taken(path, net)
    assert raw
    assert "lacks what batch normalisation measures, which torch.optim.swa_utils.update_bn" in notes
    asked = "callbacks.StochasticWeightAveraging.average_model_state:net"
    notes, raw = taken(path, net, weights_set=asked)
    assert not raw
    assert "not taken" not in notes


def test_of_two_networks_in_an_average_the_averaged_one_is_taken(tmp_path):
    net, average = trained()
    average.update_parameters(net)
    average.module.fc.weight.data.add_(1)
    average.train()(torch.rand(2, 3, 32, 32))
    content = {"model": net.state_dict(), "ema": two_networks(net, average, True)}
    notes, kept = taken(saved(content, tmp_path / "a.pth"), average.module)
    assert kept
    assert "taken was ema:ema_model, the average" in notes


def test_of_mmengine_that_exchanges_both_as_it_saves_the_averaged_one_is_taken(tmp_path):
    net, average = trained()
    average.train()(torch.rand(2, 3, 32, 32))
    content = {
        "meta": {"mmengine_version": "0.10.7", "epoch": 2},
        "state_dict": under("backbone", average.module),
        "ema_state_dict": {"steps": torch.tensor(4)} | under("module.backbone", net),
    }
    notes, raw = taken(saved(content, tmp_path / "epoch_2.pth"), net)
    assert not raw
    assert "taken was state_dict:backbone, the average. --weights-set ema_state_dict:backbone takes another" in notes
    notes, raw = taken(tmp_path / "epoch_2.pth", net, weights_set="ema_state_dict:backbone")
    assert raw
    assert "taken was ema_state_dict:backbone. " in notes
    del content["meta"]
    assert taken(saved(content, tmp_path / "other.pth"), net)[1]


def test_an_average_without_names_is_said(tmp_path):
    net, average = trained()
    content = {"model": net.state_dict(), "ema": {"decay": 0.9, "shadow_params": list(average.parameters())}}
    notes, raw = taken(saved(content, tmp_path / "a.pth"), net)
    assert raw
    assert (
        "An average without names of tensors stands in it, too (ema.shadow_params); copy it into the network" in notes
    )
