"""One bar for a whole work: it never runs back, and says how long the rest takes."""

import pytest

from explorer.runs.work.whole_progress import END, START, WholeProgress

PLAN = {START: 2.0, "One": 10.0, "Two": 30.0, END: 1.0}


def reports(plan, pace=1.0, steps=10):
    """What a work reports that takes ``pace`` times as long as expected: moments and arguments."""
    now = plan[START] * pace
    for stage, seconds in plan.items():
        if stage not in (START, END):
            for step in range(steps + 1):
                yield now + seconds * pace * step / steps, stage, step, steps
            now += seconds * pace


@pytest.mark.parametrize("pace", [0.5, 1.0, 3.0])
def test_the_bar_fills_once_and_the_time_left_is_right_within_a_third(pace):
    whole = WholeProgress(PLAN, 0.0, PLAN[START] * pace)
    shares, end = [], sum(PLAN.values()) * pace
    for now, stage, done, total in reports(PLAN, pace):
        whole.see(stage, done, total, now)
        shares.append(whole.share)
        if now > end / 3:
            assert whole.left == pytest.approx(end - now, rel=1 / 3, abs=2)
    assert shares == sorted(shares)
    assert shares[0] < 0.1
    assert 0.95 < shares[-1] <= 1


def test_a_stage_that_was_finished_before_is_passed_over():
    whole = WholeProgress(PLAN, 0.0, 2.0)
    whole.see("Two", 0, 10, 2.1)
    assert whole.share == pytest.approx(12 / 43, abs=0.01)
    assert whole.left == pytest.approx(31, rel=0.1)


def test_a_stage_that_says_nothing_moves_and_never_ends_by_itself():
    whole = WholeProgress(PLAN, 0.0, 2.0)
    whole.see("One", 0, 1, 2.0)
    shares = []
    for now in range(3, 60):
        whole.tick(float(now))
        shares.append(whole.share)
    assert shares == sorted(shares)
    assert shares[3] > shares[0]
    assert shares[-1] < 12 / 43


def test_stages_that_differ_in_a_figure_are_the_same_ones_in_another_run():
    whole = WholeProgress({}, 0.0, 0.0)
    for place, figure in enumerate(("0.003162", "1e-05", "10")):
        whole.see(f"Refits: halves at λ = {figure}", 1, 1, place + 1.0)
    assert list(whole.took) == [START, *(f"Refits: halves at λ ={end}" for end in ("", " #2", " #3"))]
    assert list(whole.took.values()) == [0.0, 1.0, 1.0, 1.0]


def test_a_work_of_which_nothing_is_known_says_no_time_and_never_runs_back():
    whole, shares = WholeProgress({}, 0.0, 1.0), []
    for now, stage in enumerate("ABCABC"):
        for done in range(3):
            whole.see(stage, done, 2, now + done / 3)
            shares.append(whole.share)
    assert shares == sorted(shares)
    assert shares[-1] < 1
    assert whole.left is None


def test_what_was_resumed_is_not_taken_for_how_long_it_takes():
    whole = WholeProgress({}, 0.0, 0.0)
    whole.see("Features of training images", 900, 1000, 0.1)
    whole.see("Fitting the head", 0, 1, 1.0)
    assert whole.resumed == {"Features of training images"}
