"""Pages of a run whose training was recorded: what is there, what must be computed first, and how far an answer holds."""

import json
from dataclasses import replace

import numpy as np
import pytest

from explorer.app import backend, prefetch, screen_text, whole_network
from explorer.app.components.job_progress.turns import of_trainings
from explorer.app.components.removal_trial import whole_flipping_set
from explorer.app.pages.explain import whole_answer
from explorer.app.pages.training_image import whole_effects
from explorer.app.whole_network import Needed, NotThereYetError
from explorer.runs.results.explanation import effects, explain
from explorer.runs.whole_network.flipping import Try, WholeFlip
from tests.support.pages import galleries, opened
from tests.support.views import shown

TEST = 3
SMOOTH = "explorer.app.components.methods.whole_methods.SMALL_CNN_SMOOTH"


@pytest.fixture
def trained(alone, monkeypatch):
    """The run of all tests as if its training were recorded, and nothing were computed yet."""
    monkeypatch.setattr(SMOOTH, "mobilenet_v2")


@pytest.fixture
def answered(run, trained, monkeypatch):
    """The same run, where every method answers with the scores of the last layer."""
    found = explain(run, TEST)

    def answer(_, index, method, top, target=None):
        held = 0.4 if method == "replay-basis" else None
        return replace(explain(run, index, None, top, target), method=method, share_held=held, whole=True)

    monkeypatch.setattr(whole_network, "needed", lambda *_: None)
    monkeypatch.setattr(whole_network, "explain", answer)
    return found


def said(app):
    return " ".join([shown(app), *(each.value for each in (*app.markdown, *app.caption))])


def escaped(text):
    """As it stands in what a page sends."""
    return json.dumps(text)[1:-1]


def buttons(app):
    return [each.label for each in app.button]


def test_what_must_be_computed_first_is_said_by_the_command_that_computes_it(run, trained):
    assert whole_network.needed(run, TEST, "replay-basis") == Needed("replay-basis", ("--directions", "16"))
    asked = ("--test", "3", "--target-class", "dog")
    assert whole_network.needed(run, TEST, "unrolled", "dog") == Needed("exact", asked)
    average = Needed("replay-average", ("--seeds", "3", "--directions", "16"))
    assert whole_network.needed(run, TEST, "replay-average") == average
    assert whole_network.needed(run, TEST, "ekfac") == Needed("index", ("--method", "ekfac", "--test", "3"))


def test_explain_offers_what_is_not_there_and_keeps_the_menu(trained):
    app = opened("explain", test=TEST, method="unrolled")
    assert "**Whole network, exact** is not there yet." in said(app)
    assert whole_answer.EXACT in buttons(app)
    assert "For teaching" in shown(app)
    assert not [error.value for error in app.error]


def test_pages_that_only_glance_take_the_last_layer_meanwhile_and_others_say_what_is_missing(run, trained):
    assert backend.answering_method(run.id, TEST, "unrolled") == run.default_method
    assert not opened("overview", test=TEST, method="unrolled").error
    with pytest.raises(NotThereYetError, match="not there yet for test image 3"):
        backend.explain(run.id, TEST, "unrolled", 8)
    assert not opened("training_image", train=1, method="unrolled").error


def test_predictions_compute_ahead_by_the_method_in_hand_where_it_answers_in_milliseconds(run, trained, monkeypatch):
    asked = []
    monkeypatch.setattr(prefetch, "explain_ahead", lambda run_id, indices, method, top: asked.append(method))
    for method in ("replay-basis", "influence", "no such method", ""):
        opened("predictions", method=method)
    assert asked == ["replay-basis", "influence", run.default_method, run.default_method]
    ahead = ("newton", "influence-cg", "ekfac", "unrolled", "replay-basis")
    assert [backend.answers_ahead(run.id, method) for method in ahead] == [True, False, False, False, False]
    monkeypatch.setattr(whole_network, "basis_needed", lambda _: None)
    assert backend.answers_ahead(run.id, "replay-basis")


def test_an_answer_that_holds_little_says_so_and_offers_the_exact_one(answered):
    app = opened("explain", test=TEST, method="replay-basis")
    words = said(app)
    assert "This answer holds about 40" in words
    assert "it is rough" in words
    assert whole_answer.EXACT in buttons(app)
    assert "left out of the whole training" in words
    assert "with another start, other images may matter" in words
    assert "Case file" in words


def test_an_answer_that_holds_most_says_so(answered):
    (block,) = whole_answer.reliability(replace(answered, share_held=0.87))
    assert "holds about 87\u00a0% of the exact one" in block["text"]
    assert "rough" not in block["text"]
    assert whole_answer.reliability(answered) == []


def test_explain_shows_what_each_epoch_added_where_it_is_kept(run, answered, monkeypatch):
    monkeypatch.setattr(whole_network, "by_epoch", lambda *_: np.outer([0.75, 0.25], answered.scores))
    app = opened("explain", test=TEST, method="unrolled", epoch=1)
    assert whole_answer.TIME_MACHINE in shown(app)
    assert '"timemachine"' in shown(app)
    assert whole_answer.EXACT not in buttons(app)


def test_the_proof_trains_the_whole_network_again(answered):
    app = opened("explain", test=TEST, method="unrolled", prove="helpful")
    predicted = sum(entry.score for entry in answered.helpful)
    assert f"By Whole network, exact the loss would change by +{predicted:.4f} nats." in said(app)
    assert "Train the whole network again without them" in buttons(app)
    assert "Leave out and refit" not in buttons(app)
    assert "Find a flipping set" not in buttons(app)  # that of the last layer
    assert "Find a flipping set and train without it" in buttons(app)


def test_a_flipping_set_shows_what_was_predicted_beside_what_was_measured(run, answered, monkeypatch):
    before = int(run.predicted[TEST])
    tries = [Try(2, -0.2, 0.3, before), Try(3, -0.9, -0.4, 1 - before)]
    found = WholeFlip("unrolled", 0, before, 1.5, [4, 7, 9], tries, -2.0, 9, [-1.0], [])
    monkeypatch.setattr(whole_flipping_set, "load_whole_flip", lambda *_: found)
    app = opened("explain", test=TEST, method="unrolled", prove="helpful")
    assert "Trained without **3** of" in said(app)
    (table,) = [each.value for each in app.dataframe if "images left out" in each.value]
    assert table["measured"].tolist() == ["+0.3000", "−0.4000"]
    assert "Make these 3 my changes and refit" in buttons(app)
    assert '"Images that were left out"' in said(app)
    assert "Find a flipping set and train without it" not in buttons(app)


def test_compare_shows_a_method_of_the_whole_network_beside_one_of_the_last_layer(answered):
    shown_now = galleries(opened("compare", test=TEST, method="replay-basis", other="newton"))
    assert any(label.startswith("Whole network, instant: ") for label in shown_now)
    assert any(label.startswith("newton: ") for label in shown_now)


@pytest.fixture
def own_layer(run, answered, monkeypatch):
    """The network's own last layer says dog of every test image, at 88.1 %, whatever the run's head says."""
    monkeypatch.setattr(whole_network, "own_logits", lambda _: np.tile([0.0, 2.0], (len(run.test_labels), 1)))
    monkeypatch.setattr(whole_network, "basis_needed", lambda _: None)
    monkeypatch.setattr(whole_network, "effects", lambda run, train: effects(run, train))


def test_of_two_last_layers_each_probability_says_whose_it_is(run, own_layer):
    head = f"says {run.class_names[run.predicted[TEST]]} {screen_text.probability(run.test_probabilities[TEST].max())}"
    by_head = said(opened("explain", test=TEST, method="newton"))
    assert escaped(f"cat {TEST} · {head}") in by_head
    assert escaped("The network itself says dog 88.1\u00a0%.") in by_head
    by_network = said(opened("explain", test=TEST, method="replay-basis"))
    assert escaped(f"cat {TEST} · the network itself says dog 88.1\u00a0%") in by_network
    assert "The last layer, fitted again, says" in by_network


def test_a_training_image_is_asked_of_the_whole_network_and_really_left_out(run, own_layer, monkeypatch):
    app = opened("training_image", train=5, method="unrolled")
    words = said(app)
    assert escaped("network says dog 88.1\u00a0%") in words
    assert "Whole network, exact answers for one test image at a time." in words
    assert "with another start, other images may matter" in words
    assert "Leverage" not in words  # of the last layer
    assert whole_effects.AGAIN in buttons(app)
    for held, rough in ((0.4, True), (0.7, False)):
        monkeypatch.setattr(whole_network, "held", lambda run, rows, held=held: held)
        (block,) = whole_effects.reliability(run, "replay-basis", effects(run, 5))
        assert escaped(f"hold about {screen_text.percent(held, 0)} of the exact answers") in json.dumps(block)
        assert ("they are rough" in json.dumps(block)) == rough
    assert whole_effects.reliability(run, "newton", effects(run, 5)) == []
    monkeypatch.setattr(whole_effects, "measured_without", lambda run, rows: 2 * effects(run, rows[0]))
    app = opened("training_image", train=5, method="replay-basis")
    assert "correlate at **1.00**" in said(app)
    assert whole_effects.AGAIN not in buttons(app)


def test_a_training_image_offers_the_work_that_its_first_answer_needs(trained):
    app = opened("training_image", train=5, method="replay-basis")
    assert "**Whole network, instant** is not there yet." in said(app)
    assert "Prepare the instant answers" in buttons(app)


def test_compare_names_the_method_whose_question_is_answered(answered):
    words = said(opened("compare", test=TEST, method="replay-basis", other="newton"))
    assert "Whole network, instant: these scores answer for this training" in words
    assert "newton: these scores answer for the last layer alone" in words


def test_a_network_that_came_trained_has_no_time_machine(run, alone):
    assert whole_answer.TIME_MACHINE not in shown(opened("explain", test=TEST))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(40.0, "about 2 minutes"), (4000.0, "about 3 hours"), (0.0, "")],
    ids=["minutes", "hours", "unknown"],
)
def test_a_work_takes_as_many_trainings_as_the_run_s_own_took(seconds, words):
    manifest = type("Manifest", (), {"seconds": {"network": seconds} if seconds else {}})
    assert of_trainings(type("Trained", (), {"manifest": manifest}), 2.5) == words
