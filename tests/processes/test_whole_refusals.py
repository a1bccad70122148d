"""Wrong words, lost and damaged recordings, full disks: one sentence each about whole networks, and nothing is lost or taken for something else."""

import contextlib
import json
import shutil

import pytest

from explorer.core.errors import ExplorerError
from explorer.models.smooth_cnn.recording import MANIFEST, record
from explorer.runs.store import load_run
from explorer.runs.whole_network.training_of_run import training_of
from tests.support.crash_processes import left_over, results
from tests.support.full_disks import FULL, full

EXACT = "explain", "--run", "mine", "--test", "1", "--method", "unrolled"
WORKS = {
    "exact": EXACT,
    "basis": ("replay-basis", "--run", "mine", "--directions", "16"),
    "index": (*EXACT[:-1], "trak"),
    "smoothness": ("smoothness", "--run", "mine"),
    "retraining": ("retrain", "--run", "mine", "--test", "1", "--remove", "2"),
    "trust": ("trust", "--run", "mine", "--whole", "--retrainings", "4", "--seeds", "0", "--shares", "20"),
}


@pytest.fixture(scope="module")
def whole(whole_home):
    """The id of the run of the undisturbed home."""
    return (whole_home / "runs/names/mine").read_text()


@pytest.fixture
def home(whole_home, tmp_path):
    """A copy of it with run and recording alone."""
    return shutil.copytree(
        whole_home, tmp_path / "home", ignore=shutil.ignore_patterns("whole_*", "smoothness", "explorer.sqlite*")
    )


def sentence(answer):
    """The one sentence with which a command ended."""
    lines = [line.rsplit("\r", 1)[-1] for line in answer.stderr.strip().splitlines()]
    said = [line for line in lines if line.startswith("Error: ")]
    assert answer.returncode == 2, answer.stderr
    assert said == lines[-1:]
    assert "Traceback" not in answer.stderr
    return said[0]


def flipped(path):
    """Damage a file by one byte in its midst."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*EXACT[:-1], "unroled"), "There is no method 'unroled'; choose one of: "),
        ((*EXACT[:-1], ""), "There is no method ''"),
        ((*EXACT[:4], "8", *EXACT[5:]), "the numbers go from 0 to 7"),
        ((*EXACT, "--target-class", "cow"), "There is no class 'cow'"),
        (("explain", "--run", "mine", "--together", "1,x", "--method", "unrolled"), "--together"),
        (
            ("explain", "--run", "mine", "--together", "1,2", "--method", "newton"),
            "needs a method of the whole network",
        ),
        (("trust", "--run", "mine", "--whole", "--shares", "1;5"), "--shares is '1;5'; give percentages"),
        (("trust", "--run", "mine", "--whole", "--shares", ""), "--shares is ''; give percentages"),
        (("trust", "--run", "mine", "--whole", "--shares", "inf"), "--shares has inf"),
        (("trust", "--run", "mine", "--whole", "--retrainings", "0"), "0 retrainings have no order"),
        (("smoothness", "--run", "mine", "--shares", "-1"), "--shares has -1"),
        (("replay-basis", "--run", "mine", "--directions", "0"), "--directions is 0; give 16 to 256."),
        (("replay-basis", "--run", "nobody"), "There is no run 'nobody'"),
    ],
)
def test_wrong_words_get_one_sentence(explorer, whole_home, words, said):
    assert said in sentence(explorer(*words, home=whole_home))


@pytest.mark.parametrize("name", ["exact", "basis", "index", "smoothness", "trust"])
def test_a_run_whose_training_was_not_recorded_is_refused(run, explorer, name):
    words = ["default" if word == "mine" else word for word in WORKS[name]]
    assert "whose training was not recorded" in sentence(explorer(*words))


@pytest.mark.parametrize("damage", ["gone", "manifest", "first epoch", "last epoch"])
def test_a_lost_or_damaged_recording_is_said_and_trained_again_to_the_same_bytes(
    explorer, processes, whole_pictures, whole_home, home, whole, damage
):
    states = home / "recordings" / whole
    if damage == "gone":
        shutil.rmtree(states)
    else:
        flipped(states / {"manifest": MANIFEST, "first epoch": "states-1.sealed"}.get(damage, "states-3.sealed"))
    said = sentence(explorer(*EXACT, home=home))
    assert "build" in said
    assert str(states) in said
    processes(("begun", whole_pictures), {home: [[None]]})
    folders = "runs", "recordings"
    assert results(home, folders) == results(whole_home, folders)
    assert explorer(*EXACT, home=home).returncode == 0
    exact = f"whole_network/{whole}/exact-test-1-0-loss.npy"
    assert (home / exact).read_bytes() == (whole_home / exact).read_bytes()


def test_whatever_is_kept_of_a_whole_network_is_made_again_where_a_byte_is_another(
    explorer, whole_home, whole, tmp_path
):
    home = shutil.copytree(whole_home, tmp_path / "home")
    kept = [path for path in (home / "whole_network" / whole).iterdir() if not path.name.startswith(".")]
    words = ((*EXACT, "--json"), (*EXACT[:-1], "replay-basis", "--json"), (*EXACT[:-1], "gradient-product", "--json"))
    before = [explorer(*each, home=home).stdout for each in words]
    assert {path.name.split("-")[0].split(".")[0] for path in kept} >= {
        "directions",
        "exact",
        "logits",
        "basis",
        "probes",
    }
    for path in kept:
        flipped(path)
    after = [explorer(*each, home=home).stdout for each in words]
    assert [json.loads(each)["test"] for each in after] == [json.loads(each)["test"] for each in before]
    assert (after[0], after[2]) == (before[0], before[2])


@pytest.mark.parametrize("name", ["exact", "basis", "index", "smoothness", "retraining", "trust"])
def test_a_full_disk_is_said_and_nothing_half_written_is_left(explorer, home, name):
    before = results(home)
    with full(60):
        assert "Free some space" in sentence(explorer(*WORKS[name], home=home))
    assert results(home) == before
    assert left_over(home) == []


def test_a_disk_that_is_full_in_the_midst_of_a_recording_loses_one_epoch(home, whole, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(home))
    training, told = training_of(load_run(whole)), []
    with contextlib.ExitStack() as disk:

        def fill(stage, done, total, figures=None):
            if done == 5:
                disk.enter_context(full(99))

        with pytest.raises(ExplorerError, match=FULL):
            record(training, tmp_path / "states", fill)
    assert sorted(path.name for path in (tmp_path / "states").iterdir()) == [MANIFEST, "states-1.sealed"]
    record(training, tmp_path / "states", lambda stage, done, total, figures=None: told.append(done))
    assert told[0] == 4
    for path in (home / "recordings" / whole).iterdir():
        assert (tmp_path / "states" / path.name).read_bytes() == path.read_bytes()
