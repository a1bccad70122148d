"""The table of a trained run: methods that know the truth have it all, others what they deserve; sets are the most helpful images."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from explorer.attribution.whole_network import Questions
from explorer.attribution.whole_network.unrolled import Unrolled
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.progress import silent
from explorer.evaluation.retrainings import Exam, shown
from explorer.evaluation.whole_agreement import datamodeling_interval
from explorer.models.smooth_cnn import Network, Recipe, Training
from explorer.models.smooth_cnn.recording import recorded
from explorer.runs.whole_network.trust_plan import TrustPlan, shares_of
from explorer.runs.whole_network.trust_table import kept_trust, load_trust_table
from explorer.runs.whole_network.truth import report, sets
from explorer.runs.whole_network.truth.kept_retrainings import Retrainings
from explorer.runs.whole_network.truth.report import Subject, measure_trust
from explorer.runs.whole_network.truth.scores import Judged

PLAN = TrustPlan((5, 20), retrainings=5, seeds=1, sets=3, singles=4)


def pictures(count, seed):
    images = torch.randn(count, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    images[::2, :, :, :4] += 1
    return images


@pytest.fixture(scope="module")
def recording():
    recipe = Recipe(widths=(4, 4), epochs=3, batch=8, rate=1e-4)
    network = Network(recipe.widths, 2, recipe.detail)
    return recorded(Training(network, recipe, pictures(24, 0), torch.arange(24) % 2, threads=1))


@pytest.fixture(scope="module")
def exact(recording):
    """The exact derivative on margins of 12 test images ``(n, m)``."""
    exam = Exam(pictures(12, 1), torch.arange(12) % 2)
    asked = Questions(exam.pixels, exam.labels, "margin")
    return exam, Unrolled().scores(recording, {}, asked).T.astype(float)


def judge(scores, **given):
    plain = Judged(scores, False, "nats", 1.0, 0.5, 3.0, 10)
    return lambda rows, progress: replace(plain, scores=scores[:, rows], **given)


def refused(rows, progress):
    raise ExplorerError("Trak is not there.")


@pytest.fixture(scope="module")
def subject(recording, exact, tmp_path_factory):
    exam, scores = exact
    noise = np.random.default_rng(0).standard_normal(scores.shape)
    judges = {
        "replay-basis": judge(scores),
        "ekfac": judge(scores + 2 * noise * scores.std(), unit=""),
        "head": judge(-scores, losses=True),
        "trak": refused,
    }
    made = Retrainings(tmp_path_factory.mktemp("made"), recording.training, exam)
    return Subject("a1", made, judges, np.full(12, np.log(2)))


@pytest.fixture(scope="module")
def measured(subject, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr(report, "datamodeling_interval", partial(datamodeling_interval, resamples=20))
        announced = []
        table = measure_trust(subject, PLAN, silent, lambda *given: announced.append(given))
        yield table, announced


def test_the_exact_derivative_agrees_with_retraining_and_noise_does_less(measured):
    table, _ = measured
    exact, noisy = table.methods["replay-basis"], table.methods["ekfac"]
    assert exact.lds["5"][0] > 0.9 > 0.6 > noisy.lds["5"][0]
    assert exact.pearson["5"] > 0.97
    assert exact.single_removals > 0.97
    assert 0.9 < exact.slope["5"] < 1.4
    assert all(low <= value <= high for value, low, high in exact.lds.values())
    assert set(exact.lds) == set(exact.lds_other_seed) == {"5", "20"}
    assert exact.lds_other_seed["5"][0] < exact.lds["5"][0]


def test_a_score_without_a_unit_has_no_sizes(measured):
    table, _ = measured
    assert not table.methods["ekfac"].pearson
    assert table.methods["ekfac"].single_removals is None
    assert table.chosen["ekfac"].predicted is None


def test_scores_of_a_loss_are_held_against_losses(measured):
    """With two classes the order of losses is the reverse of that of margins."""
    table, _ = measured
    np.testing.assert_allclose(table.methods["head"].lds["5"], table.methods["replay-basis"].lds["5"], atol=1e-6)


def test_what_cannot_be_judged_is_left_out_with_a_sentence(measured):
    table, _ = measured
    assert table.left_out == {"trak": "Trak is not there."}
    assert list(table.methods) == ["replay-basis", "ekfac", "head"]


def test_damaged_files_are_no_reason_to_leave_a_method_out(subject):
    def damaged(*_):
        raise DamagedError("states-3.sealed is damaged; build it again.")

    broken = replace(subject, judges=dict(subject.judges) | {"trak": damaged})
    with pytest.raises(DamagedError, match="build it again"):
        measure_trust(broken, PLAN, silent)


def test_the_time_is_said_before_the_retrainings(measured):
    _, [(missing, seconds)] = measured
    # five a share of two seeds, nothing left out at the other one, four alone, three sets of four choosers; some are the same
    assert 5 * 2 * 2 + 1 + 3 <= missing <= 5 * 2 * 2 + 1 + 4 + 3 * 4
    assert seconds > 0


def test_sets_are_the_most_helpful_of_right_images_and_their_margins_fall(measured, subject, exact):
    table, _ = measured
    assert list(table.chosen) == ["replay-basis", "ekfac", "head", "random"]
    right = subject.retrainings.whole[0] > 0
    for chooser, found in table.chosen.items():
        assert found.tests == [row for row in shown(12, 12).tolist() if right[row]][:3]
        assert {len(rows) for rows in found.removed} == {12}, chooser
    best = table.chosen["replay-basis"]
    for test, rows, predicted in zip(best.tests, best.removed, best.predicted, strict=True):
        order = np.argsort(exact[1][:, test])
        assert {*rows} <= {*order[:13].tolist()}  # the last of a class would stay
        assert predicted == pytest.approx(exact[1][rows, test].sum())
    assert best.mean_measured < table.chosen["random"].mean_measured
    assert best.mean_measured < 0
    assert table.chosen["ekfac"].replayed is not None


def test_the_measured_change_of_a_set_is_that_of_its_own_retraining(measured, subject):
    table, _ = measured
    found_sets, made = table.chosen["head"], subject.retrainings
    for test, rows, found in zip(found_sets.tests, found_sets.removed, found_sets.measured, strict=True):
        assert found == made.changes([made.removal(rows)])[0, test]
    after = [made.whole[0, test] + change for test, change in zip(found_sets.tests, found_sets.measured, strict=True)]
    assert found_sets.wrong == sum(margin <= 0 for margin in after)


def test_a_loss_that_halves_the_odds_is_a_fall_of_the_margin_by_its_log():
    before, after = -np.log([0.5, 0.8]), -np.log([1 / 3, 2 / 3])
    np.testing.assert_allclose(sets.log_odds(after) - sets.log_odds(before), -np.log(2))


def test_a_second_call_reads_and_more_retrainings_keep_the_sets(measured, subject, monkeypatch):
    table, _ = measured
    assert kept_trust("a1", PLAN) == table
    assert kept_trust("a1", replace(PLAN, sets=0, singles=0)) == table
    more = replace(PLAN, retrainings=6, sets=0, singles=0)
    assert kept_trust("a1", more) is None
    found = measure_trust(subject, more, silent)
    assert found.chosen == table.chosen
    assert found.retrainings == {"5": 6, "20": 6}
    assert load_trust_table("a1") == found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"shares": (0.0,)}, "--shares has 0; give percentages above 0 and up to 90"),
        ({"shares": (float("nan"),)}, "--shares has nan"),
        ({"shares": (95.0,)}, "--shares has 95"),
        ({"retrainings": 3}, "3 retrainings have no order to compare; give at least 4"),
        ({"seeds": -1}, "--seeds is -1; give 0 or more"),
    ],
    ids=str,
)
def test_what_cannot_be_measured_is_refused(given, said):
    with pytest.raises(ExplorerError, match=said):
        TrustPlan(**given)


def test_shares_are_read_from_words():
    assert shares_of("1,5,0.5,5") == (1, 5, 0.5)
    with pytest.raises(ExplorerError, match="--shares is '1;5'; give percentages with commas"):
        shares_of("1;5")
