"""``open``: what is doubtful or no data is said before anything is built or served."""

import shutil

import pytest

from explorer.cli import open as opening
from tests.support.noise_pictures import written


@pytest.fixture
def served(monkeypatch):
    """The ports that a server was started on; none is really started."""
    ports = []
    monkeypatch.setattr(opening, "serve", ports.append)
    return ports


def test_a_folder_is_checked_built_and_served(tmp_path, monkeypatch, explorer, served):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    written(tmp_path / "pets", 6, 3)
    found = explorer(
        "open", str(tmp_path / "pets"), "--backbone", "small-cnn", "--run", "mine", "--port", "8765", "--no-browser"
    )
    assert found.returncode == 0, found.stderr
    assert served == [8765]
    for said in (
        "read as: class folders",
        "cat: 6 + 3",
        "Run mine: 12 training images",
        "http://127.0.0.1:8765/?run=mine",
    ):
        assert said in found.stderr


def test_a_doubtful_folder_is_not_built(tmp_path, monkeypatch, explorer, served):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    written(tmp_path / "pets", 4, 2)
    shutil.copytree(tmp_path / "pets/train/cat", tmp_path / "pets/train/results")
    found = explorer("open", str(tmp_path / "pets/train"), "--backbone", "small-cnn", "--no-browser")
    assert found.returncode == 2
    assert "doubtful" in found.stderr
    assert served == []


NETWORKS = ("model.pth", "net.onnx", "best.pth.tar", "vit/config.json", "lora/adapter_config.json", "out/checkpoint-5/model.safetensors")  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_told_from_data(tmp_path, explorer, served, name):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text('{"model_type": "vit"}')
    found = explorer("open", str(tmp_path / name.partition("/")[0]), "--no-browser")
    assert found.returncode == 2
    assert "--checkpoint" in found.stderr
    assert ("--backbone NAME" in found.stderr) == (name != "vit/config.json")
    assert served == []
