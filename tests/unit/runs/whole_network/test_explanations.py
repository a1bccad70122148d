"""Explanations by a whole network: the form of every other one, the network's own probabilities, and nothing computed twice."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.attribution.whole_network import WHOLE_NETWORK, Questions
from explorer.cli import explain as command
from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.datasets.base import Split
from explorer.evaluation.audit import WHOLE
from explorer.models.smooth_cnn import Network, Recipe, Training
from explorer.models.smooth_cnn.recording import recorded
from explorer.runs.results.audit import AuditResult
from explorer.runs.whole_network import asked_pictures, growing, methods
from explorer.runs.whole_network.explanations import (
    explain_sum,
    explain_whole,
    explain_whole_picture,
    most_confidently_wrong,
    scores_by_epoch,
)
from explorer.runs.whole_network.kept_files import folder_of
from explorer.runs.whole_network.self_influence import load_self_influences, self_influence_file
from explorer.runs.whole_network.whole import whole_of
from tests.support.tiny_run import TinyRun

RECIPE = Recipe(widths=(4, 4), epochs=2, batch=8, seed=3)


@pytest.fixture(scope="module")
def recording():
    images = torch.randn(24, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    training = Training(Network(RECIPE.widths, 2, RECIPE.detail), RECIPE, images, torch.arange(24) % 2)
    return recorded(training)


@pytest.fixture(scope="module")
def pictures():
    noise = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    return [Image.fromarray(each) for each in noise]


@pytest.fixture
def tiny(recording, pictures, tmp_path, monkeypatch):
    """A run on drawn noise in a home of its own, two directions a group."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    monkeypatch.setattr(growing, "GROUP", 2)
    monkeypatch.setattr("explorer.runs.whole_network.whole.FIRST", 4)
    run = TinyRun(SimpleNamespace(test=Split(pictures, np.array([0, 1, 1, 0, 1]))), recording.training.labels.numpy())
    vars(whole_of(run))["recording"] = recording
    return run


def asked(run, rows, targets, together=False):
    return Questions(asked_pictures.test_pixels(run, rows), torch.tensor(targets), together=together)


def test_an_exact_explanation_has_the_networks_own_probabilities_and_the_estimators_scores(tiny, recording):
    found = explain_whole(tiny, 1, "unrolled", top=3)
    questions = asked(tiny, [1], [1])
    state = recording.end
    shares = recording.training.network.logits(state.theta, state.statistics, questions.pixels).softmax(1)[0]
    np.testing.assert_allclose([*found.probabilities.values()], shares, rtol=1e-5)
    assert (found.label, found.target, found.predicted) == ("dog", "dog", ["cat", "dog"][int(shares.argmax())])
    assert found.loss == pytest.approx(-np.log(found.probability))
    scores = WHOLE_NETWORK["unrolled"].scores(recording, {}, questions)[0]
    np.testing.assert_allclose(found.scores, scores, rtol=1e-4, atol=1e-8)
    assert [entry.train_index for entry in found.helpful] == np.argsort(-scores)[:3].tolist()
    assert [entry.train_index for entry in found.harmful] == np.argsort(scores)[:3].tolist()
    first = found.helpful[0]
    assert first.probability_without == pytest.approx(np.exp(-(found.loss + first.score)))
    assert (found.unit, found.share_held, found.exact, found.whole) == ("nats", None, True, True)


def test_what_was_explained_is_read_the_next_time(tiny):
    told = []
    for method in ("unrolled", "replay-basis", "trak"):
        first = explain_whole(tiny, 2, method)
        again = explain_whole(tiny, 2, method, progress=lambda *said: told.append(said))
        np.testing.assert_array_equal(first.scores, again.scores)
    assert not told


def test_the_basis_answers_test_images_as_it_answers_pictures_and_says_what_it_holds(tiny, recording, pictures):
    found = explain_whole(tiny, 3, "replay-basis")
    assert 0 < found.share_held < 1
    content = io.BytesIO()
    pictures[3].save(content, "PNG")
    target = "dog" if found.target == "cat" else "cat"
    for name in (found.target, target):
        alike = explain_whole_picture(tiny, content.getvalue(), "replay-basis", target_class=name)
        same = explain_whole(tiny, 3, "replay-basis", target_class=name)
        np.testing.assert_allclose(alike.scores, same.scores, rtol=1e-3, atol=1e-7)
        assert alike.share_held == pytest.approx(same.share_held, rel=1e-3)
        assert alike.probabilities == pytest.approx(same.probabilities)
    assert explain_whole_picture(tiny, content.getvalue(), "replay-basis").target == found.predicted


def test_more_directions_hold_more(tiny):
    whole_of(tiny).grow(2)
    before = explain_whole(tiny, 0, "replay-basis").share_held
    whole_of(tiny).grow(8)
    assert explain_whole(tiny, 0, "replay-basis").share_held > before


def test_the_queue_of_suspects_has_the_self_influence_of_the_whole_network_as_far_as_replays_tell_it(tiny, recording):
    whole_of(tiny).grow(8)
    values = load_self_influences(tiny.id)
    audit = AuditResult(tiny, {"rankings": ["loss"], "curves": {}}, {"evidence loss": -values})
    assert values.shape == recording.training.labels.shape
    np.testing.assert_array_equal(audit.evidence[WHOLE], values)
    assert audit.ranks[WHOLE][values.argmax()] == 1
    assert list(audit.evidence) == ["loss", WHOLE]
    kept = self_influence_file(folder_of(tiny.id)).path
    kept.write_bytes(kept.read_bytes()[:-1])
    assert load_self_influences(tiny.id) is None, "a damaged file is not read"
    whole_of(tiny).grow(8)
    np.testing.assert_array_equal(load_self_influences(tiny.id), values)


def test_a_method_without_a_unit_says_no_probabilities(tiny):
    found = explain_whole(tiny, 0, "gradient-product")
    assert found.unit == ""
    assert {entry.probability_without for entry in (*found.helpful, *found.harmful)} == {None}


def test_the_explanation_of_a_sum_is_the_sum_of_explanations(tiny):
    rows = [0, 1, 4]
    each = [explain_whole(tiny, row, "unrolled") for row in rows]
    found = explain_sum(tiny, rows, "unrolled")
    np.testing.assert_allclose(found.scores, sum(one.scores for one in each), rtol=1e-3, atol=1e-7)
    assert found.loss == pytest.approx(sum(one.loss for one in each))
    assert explain_sum(tiny, rows, "replay-basis").share_held > 0
    with pytest.raises(ExplorerError, match="at least one"):
        explain_sum(tiny, [], "unrolled")


def test_epochs_add_up_to_the_exact_scores(tiny):
    assert scores_by_epoch(tiny, 1) is None
    found = explain_whole(tiny, 1, "unrolled")
    by_epoch = scores_by_epoch(tiny, 1)
    assert by_epoch.shape == (RECIPE.epochs, 24)
    np.testing.assert_allclose(by_epoch.sum(0), found.scores, rtol=1e-5)


def test_the_most_confidently_wrong_image_is_the_networks_own(tiny):
    logits = whole_of(tiny).logits
    wrong = [row for row in range(5) if logits[row].argmax() != tiny.test_labels[row]]
    for label, name in enumerate(tiny.class_names):
        rows = [row for row in wrong if tiny.test_labels[row] == label]
        if rows:
            sure = [abs(logits[row, 0] - logits[row, 1]) for row in rows]
            assert most_confidently_wrong(tiny, name) == rows[int(np.argmax(sure))]
        else:
            with pytest.raises(ExplorerError, match="misclassifies no test image"):
                most_confidently_wrong(tiny, name)


def test_a_run_whose_training_was_not_recorded_is_refused_in_one_sentence(tiny):
    with pytest.raises(ExplorerError, match=r"mobilenet_v2.*not recorded.*--backbone small-cnn-smooth"):
        explain_whole(TinyRun(tiny.dataset, tiny.train_labels, "mobilenet_v2"), 0, "unrolled")
    with pytest.raises(ExplorerError, match="choose one of: replay-basis, replay-average, unrolled"):
        explain_whole(TinyRun(tiny.dataset, tiny.train_labels), 0, "newton")


def test_the_command_prints_the_unit_and_what_the_basis_holds(tiny):
    found = explain_whole(tiny, 0, "replay-basis", top=2)
    printed = command._json(found)
    assert (printed["unit"], printed["share_held"]) == ("nats", found.share_held)
    assert set(printed) == {"test", "method", "unit", "share_held", "helpful", "harmful"}
    assert any("The basis holds about" in line for line in command._lines(found))


def test_the_command_explains_a_sum(tiny):
    printed, lines = command._of_sum(tiny, [0, 1], "replay-basis", 2, silent)
    assert list(printed) == ["tests", "loss", "method", "unit", "share_held", "helpful", "harmful"]
    assert lines[0].startswith("The losses of 2 test images sum to")


def test_the_methods_known_without_torch_are_those_that_there_are():
    single = {name: unit for name, unit in methods.NATS.items() if name != methods.AVERAGE}
    assert {name: method.unit for name, method in WHOLE_NETWORK.items()} == single
