"""Experiments that go through pixels and groups, end to end on drawn pictures.

Slow, because each experiment differentiates a network, or extracts features anew.
"""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.datasets.pictures import ArrayPictures
from explorer.evaluation.sensitivity import margin
from explorer.experiments import EXPERIMENTS
from explorer.experiments.artefact.experiment import Artefact
from explorer.experiments.domain_mismatch.experiment import DomainMismatch
from explorer.experiments.remove_helpful.experiment import RemoveHelpful
from explorer.experiments.saliency.experiment import Saliency
from explorer.experiments.training_attack.attack import Attack
from explorer.experiments.training_attack.attack_runner import AttackRunner
from explorer.experiments.training_attack.experiment import TrainingAttack
from explorer.models.backbones import extract_features
from explorer.models.head import fit
from explorer.models.standardisation import standardisation, standardised
from explorer.runs.network_view import check_frozen, train_pictures, view_of
from explorer.runs.run import Run
from tests.support.homes import furnish


@pytest.fixture(autouse=True)
def few_penalties(monkeypatch):
    """A fresh build chooses among three λ, not nine; that the choice is right is tested with the head."""
    monkeypatch.setattr("explorer.models.head.L2_GRID", (10.0, 1.0, 0.1))


def least_sure(run):
    """The test image of which the model is rightly, but least sure."""
    return np.argmin(np.where(run.predicted == run.test_labels, run.test_probabilities.max(axis=1), 2))


def test_an_attack_is_saved_within_its_reach_and_flips_a_head_fitted_from_nothing(run, tmp_path):
    index = int(least_sure(run))
    runner = AttackRunner(run, tmp_path, silent)
    found = runner.attack(index, Attack(reach=8, images=2, candidates=2, trial=2, steps=12))
    view, features, pictures = view_of(run), np.array(run.head.train_features), train_pictures(run)
    for image in found["images"]:
        saved, original = Image.open(tmp_path / image["file"]), pictures[image["train"]]
        assert (saved.format, saved.mode, saved.size) == ("PNG", "RGB", original.size)
        change = np.abs(np.asarray(saved).astype(int) - np.asarray(original))
        assert 0 < change.max() == image["largest_change"] <= 8
        seen = extract_features(view.network, ArrayPictures(np.asarray(saved)[None]), range(1), view.size)
        features[image["train"]] = standardised(seen, view.mean, view.deviation)[0]
    head = fit(features, run.train_labels, len(run.class_names), run.head.l2)
    lead = margin(head, run.test_features[index], int(run.predicted[index]))
    np.testing.assert_allclose(found["margin_after"], lead, atol=5e-3)
    assert found["flips"] == (lead < 0)
    raw = features[:, :-1] * view.deviation + view.mean
    scaling = standardisation(raw)
    fresh = fit(standardised(raw, *scaling), run.train_labels, len(run.class_names), found["l2_afresh"])
    test = (run.test_features[[index], :-1] * view.deviation + view.mean - scaling[0]) / scaling[1]
    assert found["flips_afresh"] == (margin(fresh, np.append(test, 1.0), int(run.predicted[index])) < 0)
    assert found["flips"], "the least sure of all right predictions must be turned"
    assert not found["flips_by_chance"]


@pytest.fixture
def own(run, tmp_path, monkeypatch):
    """A home with the run, its pictures and the weights, in which other runs can be built."""
    before = Path(os.environ["EXPLORER_HOME"])
    furnish(tmp_path, before, run.id)
    (tmp_path / "weights").symlink_to(before / "weights")
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    return tmp_path


MINE = (
    TrainingAttack(tests=1),
    RemoveHelpful(tests=3),
    DomainMismatch(tests=40, planted=20),
    Saliency(tests=1),
    Artefact(tests=4, backbone="mobilenet_v2"),
)


@pytest.mark.parametrize("asked", MINE, ids=lambda asked: asked.name)
def test_an_experiment_gives_plain_figures_drawings_and_pictures(asked, run, own, monkeypatch):
    monkeypatch.setattr(
        "explorer.experiments.training_attack.experiment.correct_tests", lambda run: least_sure(run)[None]
    )
    found = asked.measure(run, own, silent)
    json.dumps(found, allow_nan=False)
    if asked.name not in ("artefact", "domain-mismatch"):  # what these finish is a run, or takes a second
        assert asked.measure(run, own, silent) == found
    assert set(found["ours"]) <= {each.what for each in asked.published}
    assert found["found"].endswith(".")
    drawings = asked.figures(found)
    assert drawings
    assert all(drawing.alt and drawing.title for drawing in drawings)
    assert all((own / each["file"]).is_file() and each["alt"] and each["group"] for each in found.get("pictures", []))


def test_helpful_images_are_missed_more_than_others(run, tmp_path):
    found = RemoveHelpful(tests=10).measure(run, tmp_path, silent)
    assert found["helpful_10_percent"] < 5 * min(found["random_10_percent"], -1)
    assert found["harmful_10_percent"] > 0


def test_a_planted_shift_stands_out_and_its_removal_mends_it(run, tmp_path):
    found = DomainMismatch().measure(run, tmp_path, silent)
    assert found["sums"][0]["group"] == f"under red light, {run.class_names[-1]}"
    assert -found["sum_planted"] > 3 * found["largest_random_sum"]
    assert found["accuracy_shifted"] < found["accuracy_balanced"]
    assert found["mended_planted"] > found["mended_random"]


REFUSED = (
    (TrainingAttack(tests=0), "tests is 0, reach is 8; give 1 or more tests, a reach of 1 to 255."),
    (TrainingAttack(reach=0), "tests is 30, reach is 0; give 1 or more tests, a reach of 1 to 255."),
    (RemoveHelpful(tests=1), "tests is 1; a standard error needs 2 or more."),
    (DomainMismatch(kept=0), "planted is 40, kept 0, tests 200; kept lies between 1 and planted, and tests from 1."),
    (Saliency(tests=0), "tests is 0; give 1 or more."),
    (Artefact(label="bird"), "There is no class 'bird'; choose one of: cat, dog."),
)


@pytest.mark.parametrize(("asked", "said"), REFUSED, ids=lambda each: each if isinstance(each, str) else "")
def test_what_cannot_be_measured_is_refused_in_one_sentence(asked, said, run, tmp_path):
    with pytest.raises(ExplorerError) as refused:
        asked.measure(run, tmp_path, silent)
    assert str(refused.value) == said


def test_a_network_that_was_trained_on_the_pictures_is_not_attacked(run, tmp_path):
    other = Run(run.folder, replace(run.manifest, backbone="small-cnn"))
    for work in (check_frozen, lambda each: DomainMismatch().measure(each, tmp_path, silent)):
        with pytest.raises(
            ExplorerError, match="small-cnn was trained on this run's pictures and would change with them"
        ):
            work(other)


def test_the_experiments_have_a_drawing_each_and_a_name_of_their_own():
    for asked in MINE:
        assert EXPERIMENTS[asked.name] is type(asked)
        assert replace(asked, seed=1) != asked
