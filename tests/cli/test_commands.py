"""The command line: JSON alone on standard output, one sentence and status 2 for bad input, damage noticed."""

import json
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.support.command_line import answered
from tests.support.noise_pictures import written

PHOTOS = Path(__file__).parents[3] / "shared/data/photos"


def refused(result, sentence):
    """Status 2, one sentence, no traceback, nothing on standard output."""
    assert result.returncode == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert sentence in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["explain", "--run", "nobody", "--test", "0"], "There is no run 'nobody'"),
        (["explain", "--run", "default", "--test", "400"], "the numbers go from 0 to 399"),
        (["explain", "--run", "default", "--test", "-1"], "the numbers go from 0 to 399"),
        (["explain", "--run", "default", "--test", "0", "--method", "magic"], "choose one of: newton, influence"),
        (["explain", "--run", "default", "--test", "0", "--top", "0"], "choose 1 to 1000"),
        (["explain", "--run", "default", "--test", "0", "--method", "unrolled"], "need a run of small-cnn-smooth"),
        (["explain", "--run", "default", "--together", "0,1"], "needs a method of the whole network"),
        (["explain", "--run", "default", "--together", "0", "--test", "1"], "--together stands alone"),
        (["replay-basis", "--run", "default"], "need a run of small-cnn-smooth"),
        (["replay-basis", "--run", "default", "--directions", "300"], "give 16 to 256"),
        (["replay-basis", "--run", "default", "--seeds", "9"], "give 0 to 7"),
        (["explain", "--run", "default", "--test", "0", "--target-class", "horse"], "choose one of: cat, dog"),
        (["explain", "--run", "default"], "Give either --test INDEX or --misclassified CLASS"),
        (
            ["export", "--run", "default", "--what", "all", "--output", "x"],
            "choose model, scores, predictions, suspects, edits, selection or review",
        ),
        (["build", "--dataset", "nothing"], "There is no data set 'nothing'"),
        (["build", "--dataset", "x" * 300], "There is no data set 'xxx"),
        (["export", "--run", "default", "--what", "model", "--output", "."], "is a folder; give the name of a file"),
        (["build", "--dataset", "drawn", "--backbone", "alexnet9"], "There is no backbone 'alexnet9'"),
        (["build", "--dataset", "drawn", "--limit", "1"], "allows 2 to 800 training images"),
        (["build", "--dataset", "drawn", "--l2", "0"], "must be a positive number"),
        (["build", "--dataset", "drawn", "--run", "../x"], "A run cannot be called"),
        (["app", "--port", "0"], "choose one from 1 to 65535"),
    ],
)
def test_bad_input_gets_one_sentence(explorer, words, sentence):
    refused(explorer(*words), sentence)


def test_a_word_that_nothing_is_called_ends_a_process_with_status_2(shell):
    refused(shell("build", "--dataset", "nothing"), "There is no data set 'nothing'")


def test_a_port_in_use_gets_one_sentence(explorer):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused(explorer("app", "--port", taken.getsockname()[1]), "choose another")


def test_build_finds_the_finished_run(printed, run):
    found = json.loads(printed("build", "--dataset", "drawn", "--run", "default", "--json"))
    assert found["run_id"] == run.id
    assert found["gradient_norm"] <= 1e-8
    assert (found["n_train"], found["n_test"], found["classes"]) == (800, 400, ["cat", "dog"])


def test_anybody_can_recompute_explain_from_the_export(explorer, printed, tmp_path):
    """An independent computation in NumPy, C × d weights, dense Hessian, from the formulas of docs/conventions.md."""
    assert explorer("export", "--run", "default", "--what", "model", "--output", tmp_path / "m.npz").returncode == 0
    told = json.loads(printed("explain", "--run", "default", "--test", 5, "--method", "influence", "--json"))
    model = np.load(tmp_path / "m.npz")
    h, weights, l2 = model["train_features"], model["weights"], float(model["l2"])
    n, (classes, d) = len(h), weights.shape
    logits = h @ weights.T
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    errors = p - np.eye(classes)[model["train_labels"]]
    assert np.linalg.norm(errors.T @ h / n + l2 * weights) <= 1e-8
    spread = p[:, :, None] * (np.eye(classes) - p[:, None, :])
    hessian = np.block([[(h * spread[:, a, b, None]).T @ h / n for b in range(classes)] for a in range(classes)])
    test, label = model["test_features"][5], model["test_labels"][5]
    q = np.exp(weights @ test - (weights @ test).max())
    gradient = np.outer(q / q.sum() - np.eye(classes)[label], test).ravel()
    solved = np.linalg.solve(hessian + l2 * np.eye(classes * d), gradient).reshape(classes, d)
    scores = np.einsum("nc,cd,nd->n", errors, solved, h) / n
    shown = told["helpful"] + told["harmful"]
    expected = scores[[entry["train_index"] for entry in shown]]
    assert_allclose([entry["score"] for entry in shown], expected, rtol=0, atol=1e-6 * np.abs(scores).max())
    assert told["helpful"][0]["train_index"] == int(scores.argmax())
    assert told["harmful"][0]["train_index"] == int(scores.argmin())


def test_all_scores_are_exported_and_agree_with_explain(explorer, printed, tmp_path):
    words = ["--run", "default", "--what", "scores", "--test", 5, "--output", tmp_path / "scores.csv"]
    assert explorer("export", *words).returncode == 0
    table = np.genfromtxt(tmp_path / "scores.csv", delimiter=",", names=True, dtype=None, encoding="utf-8")
    told = json.loads(printed("explain", "--run", "default", "--test", 5, "--json"))
    assert_allclose(told["harmful"][0]["score"], table["score"].min(), rtol=1e-12)
    assert len(table) == 800


@pytest.fixture
def copied(tmp_path):
    """A home of its own with the run of all tests, to be damaged."""
    from explorer.core import home

    shutil.copytree(home.runs(), tmp_path / "runs")
    return tmp_path


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def edit(path):
    path.write_text(path.read_text().replace('"accuracy": 0.', '"accuracy": 1.'))


@pytest.mark.parametrize(
    ("name", "damage"), [("train_features.npy", truncate), ("arrays.safetensors", truncate), ("manifest.json", edit)]
)
def test_a_damaged_run_is_refused(explorer, copied, run, name, damage):
    damage(copied / "runs" / run.id / name)
    refused(explorer("explain", "--run", "default", "--test", "0", home=copied), "Build it again")


def test_a_damaged_name_takes_no_other_name_away(copied, monkeypatch):
    from explorer.runs.store import names

    monkeypatch.setenv("EXPLORER_HOME", str(copied))
    (copied / "runs/names/strange").write_bytes(b"\xff\xfe")
    (copied / "runs/names/folder").mkdir()
    assert names().keys() >= {"default", "strange"}
    assert "folder" not in names()


def test_a_home_that_cannot_be_written_gets_one_sentence(explorer, tmp_path):
    (tmp_path / "file").write_text("no folder")
    refused(explorer("build", "--dataset", "drawn", home=tmp_path / "file" / "home"), "EXPLORER_HOME")


@pytest.fixture
def photographs(tmp_path):
    """A slice of real photographs: 30 training and 15 test images a class."""
    if not PHOTOS.is_dir():
        pytest.skip(f"the photographs are not at {PHOTOS}")
    for side, size in (("train", 30), ("test", 15)):
        for name in ("cat", "dog"):
            (tmp_path / side / name).mkdir(parents=True)
            for path in sorted((PHOTOS / side / name).iterdir())[:size]:
                shutil.copy(path, tmp_path / side / name)
    return tmp_path


def test_photographs_build_and_explain(printed, photographs):
    told = json.loads(printed("build", "--dataset", photographs, "--run", "photos", "--json"))
    assert told["accuracy"] > 0.9
    found = json.loads(printed("explain", "--run", "photos", "--test", 0, "--json"))
    assert found["helpful"][0]["score"] > 0 > found["harmful"][0]["score"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """What the command line says of a build of ``small-cnn`` on 60 small pictures: one step an epoch."""
    folder = written(tmp_path_factory.mktemp("pictures"), 30, 15, size=16)
    words = ("--dataset", folder, "--backbone", "small-cnn", "--size", 16, "--run", "small")
    result = answered("build", *words, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def small(trained):
    """The run of that build."""
    from explorer.runs.store import open_run

    return open_run("small")


def test_small_cnn_is_trained_and_its_head_fitted_the_same_way(trained):
    assert trained["gradient_norm"] <= 1e-8
    assert trained["n_train"] == 60
    assert trained["accuracy"] > 0.5


def test_small_cnn_is_trained_again_from_scratch(explorer, printed, shell, small):
    words = ("retrain", "--run", "small", "--test", 3, "--remove", "5,7", "--json")
    trials = [json.loads(printed(*words)), json.loads(shell(*words).stdout)]  # in two processes
    assert trials[0]["removed"] == [5, 7]
    assert trials[0]["measured_loss_change"] == trials[1]["measured_loss_change"] != 0
    said = explorer("retrain", "--run", "default", "--test", 3, "--remove", "5")
    assert said.returncode == 2
    assert "only small-cnn and small-cnn-smooth are trained again" in said.stderr


def test_the_network_trained_again_on_all_images_is_the_run_itself(small):
    from explorer.core.progress import silent
    from explorer.runs.results.agreement import load_seed_comparison
    from explorer.runs.results.retraining import stability, train_again

    again = train_again(small, np.arange(60), 0, silent)
    np.testing.assert_allclose(again.head.weights, small.head.weights, atol=1e-4)
    found = stability(small, silent)
    assert found == load_seed_comparison(small.id)
    assert found["chance"] == 24 / 60
    assert 0 < found["share"] <= 1


def test_tracin_adds_up_the_saved_epochs_of_small_cnn(small):
    """The slow twin: autograd's gradient of the last layer, image by image and epoch by epoch."""
    import torch
    from safetensors.torch import safe_open

    from explorer.core.errors import ExplorerError
    from explorer.models.custom.spec import DEVIATION, MEAN
    from explorer.models.preparation.batches import prepare
    from explorer.models.small_cnn import network
    from explorer.runs.results.explanation import all_scores, effects

    def gradient(net, split, row, label):
        picture = prepare([split.pictures[row]], small.manifest.recipe["size"])
        mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, DEVIATION))
        loss = torch.nn.functional.cross_entropy(net((picture - mean) / deviation), torch.tensor([int(label)]))
        return torch.cat([part.flatten() for part in torch.autograd.grad(loss, list(net[1].parameters()))])

    shown, expected = range(5), np.zeros(5)
    for epoch in range(1, 9):
        net = network(2, 0).eval()
        with safe_open(small.folder / f"epoch-{epoch}.safetensors", "pt") as stored:
            net.load_state_dict({name: stored.get_tensor(name) for name in stored.keys()})  # noqa: SIM118
            rate = float(stored.metadata()["rate"])
        pull = gradient(net, small.dataset.test, 3, small.test_labels[3])
        for row in shown:
            picture = small.picture_row("train", row)
            own = gradient(net, small.dataset.train, picture, small.train_labels[row])
            expected[row] += rate / 60 * float(own @ pull)
    found = all_scores(small, 3, "tracin")[:5]
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())
    np.testing.assert_allclose([effects(small, row, "tracin")[3] for row in shown], found, rtol=1e-9)
    with pytest.raises(ExplorerError, match="from elsewhere"):
        small.scorer("tracin").row(np.asarray(small.test_features[3]), 0, 3)
