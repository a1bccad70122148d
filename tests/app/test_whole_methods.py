"""The methods for a whole trained network in words."""

import pytest

from explorer.app.components.explanation_sections.explanation_sections import legend, side_texts
from explorer.app.components.methods.methods import _groups, method_menu, score_meaning
from explorer.app.components.methods.whole_methods import WHOLE_METHODS, offered_methods, scope
from explorer.runs.results.explanation import Attribution, Neighbour
from explorer.runs.whole_network.methods import AVERAGE, NATS


class Trained:
    """A run of a network, as far as menus ask."""

    def __init__(self, backbone, refitted=False):
        self.manifest = type("Manifest", (), {"backbone": backbone, "refitted": refitted, "finetune": ""})
        self.methods, self.default_method = ["newton", "similarity"], "newton"


SMOOTH, READY = Trained("small-cnn-smooth"), Trained("mobilenet_v2")


def explained(method, without):
    helpful, harmful = Neighbour(1, "cat", 0.25, without), Neighbour(2, "dog", -0.5, without)
    shares = {"cat": 0.5, "dog": 0.5}
    return Attribution(method, "dog", "cat", shares, 0.7, [helpful], [harmful], None, None, True)


def test_only_a_run_whose_training_is_kept_offers_methods_for_the_whole_network():
    assert offered_methods(READY) == READY.methods
    assert offered_methods(SMOOTH) == [*READY.methods, *WHOLE_METHODS]
    assert offered_methods(Trained("small-cnn-smooth", refitted=True)) == READY.methods
    assert _groups(READY) == {}


def test_the_menu_has_parts_and_every_method_stands_in_one():
    parts = _groups(SMOOTH)
    assert list(parts) == ["Whole network", "Last layer", "For teaching"]
    assert parts["Whole network"] == ["replay-basis", "replay-average", "unrolled", "linearised"]
    assert sorted(name for part in parts.values() for name in part) == sorted(offered_methods(SMOOTH))


@pytest.mark.parametrize("name", WHOLE_METHODS)
def test_every_method_says_which_question_it_answers_and_what_its_number_is(name):
    known = WHOLE_METHODS[name]
    assert ("any training" if name == AVERAGE else "for this training") in scope(SMOOTH, name)
    assert ("nats" in known.note) is (known.unit == "nats") is ("no unit" not in known.note)


def test_a_method_of_the_last_layer_says_so_where_the_network_was_trained_here():
    assert "last layer alone" in scope(SMOOTH, "newton")
    assert scope(READY, "newton") == ""


@pytest.mark.parametrize("name", [name for name, known in WHOLE_METHODS.items() if not known.unit])
def test_a_size_without_a_unit_is_never_called_nats_or_a_change_of_probability(name):
    found = explained(name, None)
    words = " ".join((legend(found, "cat"), score_meaning(found), *side_texts(found)))
    assert "nats" not in words
    assert "points" not in words
    assert "rank" in words


def test_an_effect_of_the_whole_network_is_one_of_the_whole_training():
    found = explained("replay-basis", 0.4)
    assert "left out of the whole training" in legend(found, "cat")
    assert "from the same start" in score_meaning(found)
    assert "own last layer" in score_meaning(found)
    assert "from several starts" in score_meaning(explained(AVERAGE, 0.4))


def test_the_menu_calls_methods_by_their_titles(monkeypatch):
    monkeypatch.setattr("explorer.app.urls.param", {"method": "replay-basis"}.get)
    menu = method_menu(SMOOTH)
    assert menu.value == "replay-basis"
    assert menu.options["replay-basis"] == "Whole network, instant"
    assert menu.options["newton"] == "newton"
    assert menu.note == WHOLE_METHODS["replay-basis"].note


def test_the_words_are_those_of_the_methods_there_are_in_their_order():
    assert {name: known.unit for name, known in WHOLE_METHODS.items()} == NATS
    assert list(WHOLE_METHODS) == list(NATS)
