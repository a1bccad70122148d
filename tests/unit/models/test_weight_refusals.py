"""Files of weights that seem right by their names and are not: each is refused with the way in."""

import zipfile

import pytest
import torch
from safetensors.torch import save_file

from explorer.core.errors import ExplorerError
from tests.support.networks import loaded, network, saved


def spectral():
    net = network()
    torch.nn.utils.spectral_norm(net.fc)
    return net.state_dict()


def in_training_for_whole_numbers():
    state = network().state_dict()
    return state | {"conv1.0.activation_post_process.min_val": torch.zeros(1)}


def scaled_head():
    state = network().state_dict()
    del state["fc.bias"]
    return state | {"fc.sigma": torch.ones(1)}


def parameters_alone():
    return {name: part.detach() for name, part in network().named_parameters()}


def averages_without_names():
    return {"decay": 0.99, "num_updates": 3, "shadow_params": [part.detach() for part in network().parameters()]}


REFUSED = {
    "parameters alone": (
        parameters_alone,
        r"running_mean, .*; these are what its batch normalisation has measured, .* torch\.save\(model\.state_dict\(\)",
    ),
    "averages without names": (
        averages_without_names,
        r"holds an average of weights without their names \(shadow_params\); .* ema\.copy_to\(model\.parameters\(\)\)",
    ),
    "spectral norm": (
        spectral,
        r"it has a weight and what scales it .*remove_spectral_norm\(layer\), and save that\.$",
    ),
    "a head of a form of its own": (
        scaled_head,
        r"has 1 of \d+ tensors \(fc\.sigma\) that shufflenet_v2_x0_5 does not have; all but its last part fits, and that is of a form that is not known here: save the whole network where it was made: torch\.onnx\.export\(",
    ),
    "quantisation in training": (
        in_training_for_whole_numbers,
        r"training for whole numbers: give the weights from before",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_of_another_state_of_the_network_is_refused_with_the_way_in(case, tmp_path):
    state, says = REFUSED[case]
    with pytest.raises(ExplorerError, match=says):
        loaded(saved(state(), tmp_path / "weights.pth"))


def test_parts_of_weights_and_their_folder_are_told(tmp_path):
    part = tmp_path / "model-00001-of-00002.safetensors"
    save_file({"conv1.0.weight": torch.ones(24, 3, 3, 3)}, part)
    for path in (part, tmp_path):
        with pytest.raises(ExplorerError, match=r"its weights are in parts; join them: .*load_file\(part\)"):
            loaded(path)


def test_a_zip_with_two_pickles_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.pth", "w") as archive:
        for name in ("a/data.pkl", "b/data.pkl"):
            archive.writestr(name, b"\x80\x02}.")
    with pytest.raises(ExplorerError, match=r"one of its parts is there twice"):
        loaded(tmp_path / "a.pth")
