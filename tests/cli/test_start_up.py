"""What a command loads before it answers: help and refusals wait for no torch; names that are written down are the registries'."""

import json
import subprocess
import sys

import pytest

from explorer.cli.experiment import EXPERIMENT_NAMES
from explorer.cli.output import METHODS

# What takes from a third of a second to some seconds to load; the help needs none of it, a refusal NumPy alone.
HEAVY = {"torch", "torchvision", "scipy", "sklearn", "pandas", "plotly", "streamlit", "jinja2"}
REFUSED = [
    (["replay-basis", "--run", "nobody"], "There is no run 'nobody'"),
    (["build", "--backbone", "resnet999"], "There is no backbone 'resnet999'"),
    (["build", "--dataset", "nothing"], "There is no data set 'nothing'"),
    (["build", "--scenario", "nothing"], "There is no scenario 'nothing'"),
    (["build", "--device", "tpu"], "There is no device 'tpu'"),
    (["build", "--noise", "much"], "The noise 'much' cannot be read"),
    (["build", "--run", "../x"], "A run cannot be called"),
    (["build", "--wrong"], "No such option"),
    (["preflight", "--backbone", "resnet999"], "There is no backbone 'resnet999'"),
    (["datasets", "--check", "nothing"], "There is no data set 'nothing'"),
    (["open", "model.onnx"], "is a network; give the pictures"),
    (["fetch", "nothing"], "There is no backbone 'nothing'"),
    (["experiment", "nothing"], "There is no experiment 'nothing'"),
    (["experiment", "seeds", "--run", "nobody"], "There is no run 'nobody'"),
    (["explain", "--run", "nobody", "--test", "0"], "There is no run 'nobody'"),
    (["explain", "--run", "default"], "Give either --test INDEX"),
    (["explain", "--run", "default", "--test", "0", "--method", "magic"], "There is no method 'magic'"),
    (["explain", "--run", "default", "--test", "0", "--class", "horse"], "There is no class 'horse'"),
    (["explain", "--run", "default", "--misclassified", "horse"], "There is no class 'horse'"),
    (["verify", "--run", "nobody", "--test", "0", "--top", "3"], "There is no run 'nobody'"),
    (["verify", "--run", "default", "--test", "0", "--top", "3", "--sign", "good"], "The sign is 'good'"),
    (["flip", "--run", "default", "--test", "0", "--by", "magic"], "--by is 'magic'"),
    (["retrain", "--run", "nobody", "--test", "0", "--remove", "1"], "There is no run 'nobody'"),
    (["trust", "--run", "nobody"], "There is no run 'nobody'"),
    (["smoothness", "--run", "nobody"], "There is no run 'nobody'"),
    (["audit", "--run", "nobody"], "There is no run 'nobody'"),
    (["check", "--run", "nobody"], "There is no run 'nobody'"),
    (["cleaning", "--run", "nobody"], "There is no run 'nobody'"),
    (["groups", "--run", "nobody"], "There is no run 'nobody'"),
    (["duplicates", "--run", "nobody"], "There is no run 'nobody'"),
    (["map", "--run", "nobody"], "There is no run 'nobody'"),
    (["repair", "--run", "nobody"], "There is no run 'nobody'"),
    (
        ["export", "--run", "default", "--what", "all", "--output", "x"],
        "choose model, scores, predictions, suspects, edits, selection or review",
    ),
    (["report", "--run", "nobody", "--test", "0", "--output", "x"], "There is no run 'nobody'"),
    (["edit", "list", "--run", "nobody"], "There is no run 'nobody'"),
    (["edit", "relabel", "--train", "1", "--to", "horse"], "There is no class 'horse'"),
    (["edit", "export", "--output", "x", "--format", "xml"], "There is no format 'xml'"),
    (["open", "net.pth"], "net.pth is a network"),
    (["uploads", "--remove", "nothing"], "There is no upload 'nothing'"),
    (["pictures", "--remove", "nothing"], "There is no kept picture 'nothing'"),
    (["app", "--port", "0"], "There is no port 0"),
    (["nothing"], "No such command"),
]
# Runs one command after another and says after each what the process has loaded by then.
SCRIPT = """
import contextlib, io, json, sys
from explorer.__main__ import program
for words in json.loads(sys.argv[1]):
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            program(words, prog_name="explorer")
        except SystemExit as end:
            status = end.code
    print(json.dumps([status, said.getvalue(), list(sys.modules)]))
"""


def answers(commands):
    """Status, text and loaded modules after each of some commands in one fresh process."""
    words = [sys.executable, "-c", SCRIPT, json.dumps(commands)]
    result = subprocess.run(words, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_help_loads_neither_numpy_nor_what_takes_longer():
    commands = [["--help"], ["build", "--help"], ["edit", "--help"], ["map", "--help"]]
    for status, text, modules in answers(commands):
        assert status == 0
        assert "Usage" in text
        assert not (HEAVY | {"numpy", "PIL"}) & set(modules)


def test_a_wrong_word_is_refused_before_anything_heavy_is_loaded():
    found = answers([words for words, _ in REFUSED])
    assert len(found) == len(REFUSED)
    for (words, sentence), (status, text, modules) in zip(REFUSED, found, strict=True):
        assert status == 2, words
        assert sentence in " ".join(text.replace("│", " ").split()), words
        assert not HEAVY & set(modules), words


def test_every_command_is_refused_something_here():
    from typer.main import get_command

    from explorer.__main__ import program

    told = {words[0] for words, _ in REFUSED}
    assert told >= set(get_command(program).commands) - {"see", "where"}  # which the pages alone start


def test_names_that_are_written_down_are_the_registries():
    from explorer.attribution import ESTIMATORS
    from explorer.experiments import EXPERIMENTS

    assert list(METHODS) == list(ESTIMATORS)
    assert list(EXPERIMENT_NAMES) == list(EXPERIMENTS)


def test_networks_and_devices_are_torchvisions_and_torchs():
    from explorer.core.torchvision_compat import torchvision
    from explorer.models.devices import AVAILABLE
    from explorer.models.network_names import DEVICES, TORCHVISION

    known = torchvision.models.list_models(module=torchvision.models, exclude=["quantized_*"])
    assert list(TORCHVISION) == known
    assert ("auto", *AVAILABLE) == DEVICES


@pytest.mark.parametrize("words", [["--help"], ["audit", "--help"]])
def test_help_says_what_a_command_does(explorer, words):
    said = " ".join(explorer(*words).stdout.replace("│", " ").split())
    assert "Rank all training images by how suspect their labels are" in said
