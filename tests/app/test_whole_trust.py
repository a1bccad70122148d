"""What Trust says of a whole trained network."""

from dataclasses import replace

import pytest

from explorer.app.pages.trust import whole_report
from explorer.runs.results import smoothness
from explorer.runs.results.smoothness import Measured
from explorer.runs.whole_network import trust_table
from explorer.runs.whole_network.trust_table import ChosenSets, MethodTrust, TrustTable
from tests.support.pages import opened
from tests.support.views import shown


def method(unit, first, second, other, slope):
    found = {"1": (first, first - 0.05, first + 0.02), "10": (second, second - 0.05, second + 0.02)}
    others = {"1": (other, other - 0.1, other + 0.1)} if other else {}
    sizes = {"1": slope, "10": slope + 0.5} if unit else {}
    return MethodTrust(unit, found, others, dict.fromkeys(sizes, 0.9), sizes, 0.98, 61.0, 0.012, 128.0, 300 * 2**20)


SETS = ChosenSets([3, 5], [[1, 2], [7, 8]], [-1.0, -0.5], [-0.9, -0.5], [-2.0, -0.4], 1)
RANDOM = ChosenSets([3, 5], [[1, 4], [7, 9]], None, None, [0.1, -0.1], 0)
METHODS = {"ekfac": method("", 0.6, 0.62, 0.51, 0), "newton": method("nats", 0.54, 0.5, None, 2.0)}
METHODS |= {"replay-basis": method("nats", 0.93, 0.89, 0.53, 1.07)}
TABLE = TrustTable(
    run="a1",
    plan={},
    accuracy=0.75,
    tests=[3, 5],
    retrainings={"1": 100, "10": 100},
    other_retrainings=24,
    seeds=[1],
    methods=METHODS,
    chosen={"random": RANDOM, "replay-basis": SETS},
    left_out={"trak": "Not there."},
)


def test_the_method_that_agrees_best_comes_first_and_a_size_without_a_unit_is_no_nats():
    assert list(whole_report.sorted_methods(TABLE)) == ["replay-basis", "ekfac", "newton"]
    rows = {row[0]: row for row in whole_report.cost_rows(TABLE)}
    assert rows["Whole network, instant"][1:4] == ["nats", "1.07 to 1.57", "0.980"]
    assert rows["EK-FAC"][1:3] == ["no unit", "–"]
    assert rows["last layer alone: newton"][4:] == ["61.0 s", "12 ms", "300\N{NO-BREAK SPACE}MB", "128"]


def test_the_tables_have_a_column_for_each_share_and_leave_out_what_was_not_measured():
    assert whole_report.agreement_columns(TABLE) == ["method", "1\u00a0% left out", "10\u00a0% left out"]
    assert whole_report.agreement_rows(TABLE, False)[0] == [
        "Whole network, instant",
        "0.93 (0.88 to 0.95)",
        "0.89 (0.84 to 0.91)",
    ]
    other = whole_report.agreement_rows(TABLE, True)
    assert [row[0] for row in other] == ["Whole network, instant", "EK-FAC"]
    assert other[0][1:] == ["0.53 (0.43 to 0.63)", "–"]


def test_the_sentences_say_which_question_is_answered():
    said = whole_report.sentences(TABLE)
    assert "100 times without 1\u00a0%" in said
    assert "**0.93**" in said
    assert "From 1 other start it is **0.53**: these scores are about this training, not about any training" in said


def test_a_mean_over_starts_stands_beside_the_best_where_starts_differ():
    average = {"replay-average": method("nats", 0.8, 0.7, 0.66, 1.07)}
    said = whole_report.sentences(replace(TABLE, methods=METHODS | average))
    assert said.endswith("From 1 other start it is **0.53**, and that of **Whole network, any training** **0.66**.")
    assert whole_report.sentences(replace(TABLE, methods=average)).endswith("From 1 other start it is **0.66**.")


def test_sets_stand_beside_what_was_predicted_of_them():
    rows = whole_report.chosen_rows(TABLE.chosen)
    assert rows == [
        ["Whole network, instant", "−0.75", "−0.70", "−1.20", "1 of 2"],
        ["drawn at random", "no unit", "–", "+0.00", "0 of 2"],
    ]
    assert whole_report.pairs(TABLE.chosen) == [(-1.0, -2.0), (-0.5, -0.4)]
    assert "What happened is 1.60 times what Whole network, instant had predicted." in whole_report.chosen_sentence(
        TABLE.chosen
    )


def test_all_digits_are_there_for_every_method():
    (basis, *_) = whole_report.numbers(TABLE)
    assert basis["LDS at 1 %"] == 0.93
    assert basis["LDS, other seeds at 10 %, low"] is None
    assert basis["slope at 10 %"] == pytest.approx(1.57)


@pytest.fixture
def trained(alone, monkeypatch):
    """The run of all tests as if its training were recorded."""
    monkeypatch.setattr("explorer.app.components.methods.whole_methods.SMALL_CNN_SMOOTH", "mobilenet_v2")


def test_trust_offers_the_trainings_of_a_trained_run(trained):
    app = opened("trust")
    said = " ".join(each.value for each in (*app.markdown, *app.caption))
    assert "trained again from scratch without them" in said
    assert "646 trainings from scratch" in said
    assert [each.label for each in app.button if each.label == "Train without them and compare"]
    assert "The last layer alone" in shown(app)


def test_trust_shows_what_was_measured_of_a_trained_run(run, trained):
    trust_table.kept_table(run.id).save(TABLE)
    app = opened("trust")
    said = " ".join(each.value for each in (*app.markdown, *app.caption, *app.subheader))
    assert whole_report.sentences(TABLE) in said
    assert "Agreement where 1\u00a0% were left out" in said
    assert "0.93 (0.88 to 0.95)" in shown(app)
    assert "TRAK: Not there." in shown(app)


def test_trust_says_how_smooth_the_training_is_or_offers_to_measure_it(run, trained):
    offer = "Measure how smooth the training is"
    assert offer in [each.label for each in opened("trust").button]
    found = {1.0: Measured(0.97, 0.9), 10.0: Measured(0.85, 0.8)}
    for share, each in found.items():
        smoothness._kept(run.id, share).save(each)
    app = opened("trust")
    assert any(
        "0.85 of 1 where 10\u00a0% are left out. The training is not smooth enough" in each.value
        for each in app.markdown
    )
    assert offer not in [each.label for each in app.button]


def test_trust_of_a_network_that_came_trained_says_nothing_of_it(alone):
    assert "The whole network" not in shown(opened("trust"))
