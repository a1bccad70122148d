"""Files of weights that seem right by their names and are not: each is refused with the way in."""

import pickle
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


FOLDERS = {
    "TensorFlow": (
        ["saved_model.pb", "variables"],
        r"it is a network of TensorFlow; export it where TensorFlow is: python -m tf2onnx\.convert",
    ),
    "in parts": (
        [".metadata", "__0_0.distcp"],
        r"its weights are in parts; join them: python -m torch\.distributed\.checkpoint\.format_utils dcp_to_torch FOLDER weights\.pth\.$",
    ),
    "weights of TensorFlow": (
        ["checkpoint", "ckpt-1.index", "ckpt-1.data-00000-of-00001"],
        r"it holds weights of TensorFlow without their network; .*model\.load_weights\(path\)",
    ),
    "Orbax": (
        ["_CHECKPOINT_METADATA", "_METADATA"],
        r"it is a checkpoint of Orbax \(JAX\), .*; give weights of PyTorch",
    ),
    "DeepSpeed": (
        ["latest", "zero_to_fp32.py"],
        r"in parts, as DeepSpeed keeps them; join them: python FOLDER/zero_to_fp32\.py FOLDER joined\.$",
    ),
    "OpenVINO": (["net.bin", "net.xml"], r"it is a network of OpenVINO, which does not turn back"),
    "ncnn": (["model.ncnn.bin", "model.ncnn.param"], r"it is a network of ncnn, which does not turn back"),
    "beside what goes on with training": (
        ["optimizer.bin", "pytorch_model.bin", "random_states_0.pkl", "notes.xml"],
        r"give one of its files: pytorch_model\.bin\.$",
    ),
    "in a folder below": (
        ["hparams.yaml", "checkpoints/epoch=1.ckpt", "checkpoints/optimizer.pt"],
        r"give one of its files: checkpoints/epoch=1\.ckpt\.$",
    ),
    "unpacked": (["data.pkl", "version"], r"it is an unpacked file of PyTorch; give the file itself"),
    "files": (
        ["best.pth", "last.pth", "log.txt"],
        r"is a folder, not a checkpoint; give one of its files: best\.pth, last\.pth\.$",
    ),
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_is_told_by_what_it_holds(folder, tmp_path):
    inside, says = FOLDERS[folder]
    for name in inside:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"0")
    with pytest.raises(ExplorerError, match=says):
        loaded(tmp_path)


def test_packed_weights_and_arrays_in_a_pickle_are_told(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "net.mar", "w") as archive:
        archive.writestr("weights.pth", b"0")
        archive.writestr("MAR-INF/MANIFEST.json", b"{}")
    with pytest.raises(ExplorerError, match=r"is a packed archive; unpack it and give the file of weights inside"):
        loaded(tmp_path / "net.mar")
    arrays = {name: value.numpy() for name, value in network().state_dict().items()}
    monkeypatch.setattr("explorer.models.custom.files.torch_file.PICKLE", 10_000)
    saved(arrays, tmp_path / "a.pth")
    (tmp_path / "b.pkl").write_bytes(pickle.dumps(arrays))
    for name in ("a.pth", "b.pkl"):
        with pytest.raises(ExplorerError, match=r"the numbers stand in it, as NumPy's arrays do; save tensors"):
            loaded(tmp_path / name)
    saved({"module": {"fc.weight": torch.empty(0)}, "ds_version": "0.15", "param_shapes": []}, tmp_path / "c.pt")
    with pytest.raises(ExplorerError, match=r"is of DeepSpeed, .*join them: python zero_to_fp32\.py"):
        loaded(tmp_path / "c.pt")
