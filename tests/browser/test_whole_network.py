"""A run whose training was recorded, in a real browser: an instant answer, how much of the question it holds, the exact one by epoch, and its proof."""

import re
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer.app import screen_text
from explorer.core.progress import silent
from explorer.runs import jobs
from explorer.runs.results.retraining import retrain
from explorer.runs.store import load_run
from explorer.runs.whole_network import growing
from explorer.runs.whole_network.explanations import explain_whole, scores_by_epoch
from explorer.runs.whole_network.trust_table import MethodTrust, TrustTable, kept_table
from explorer.runs.whole_network.whole import whole_of
from tests.support import axe
from tests.support.chromium import HARMFUL, HELPFUL, SETTLED, loaded_once, tiles, watched
from tests.support.homes import furnish

pytest.importorskip("axe_playwright_python.base")
# Test images: one that only the basis has answered, and one whose exact scores are kept.
INSTANT, EXACT = 5, 3
DIRECTIONS, HEIGHT = 2, 6000
AGREEMENT = {"1": (0.93, 0.9, 0.95)}


@pytest.fixture(scope="module")
def trained(smooth_run, tmp_path_factory):
    """The recorded run in a home of its own, as its default run, with a small basis, one exact answer and a table of trust."""
    known = smooth_run.folder.parents[1]
    home = furnish(tmp_path_factory.mktemp("home"), known, smooth_run.id)
    shutil.copytree(known / "recordings" / smooth_run.id, home / "recordings" / smooth_run.id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(home))
        patch.setattr(growing, "GROUP", DIRECTIONS)
        patch.setattr(growing, "PROBES", DIRECTIONS)  # each is followed through the training as a direction is
        run = load_run(smooth_run.id)
        whole_of(run).grow(DIRECTIONS)
        explain_whole(run, EXACT, "unrolled")
        basis = MethodTrust("nats", AGREEMENT, {}, {"1": 0.9}, {"1": 1.07}, 0.98, 61.0, 0.012, 4.0, 300 * 2**20)
        kept_table(run.id).save(TrustTable(run.id, {}, 0.75, [3], {"1": 4}, 0, [], {"replay-basis": basis}))
        yield run


@pytest.fixture(scope="module")
def visit(browser, trained, server):
    """One page for all, which goes to an address as a link would."""
    with watched(browser, height=HEIGHT, color_scheme="light") as page:
        loaded_once(page).goto(f"{server}/explain?test={INSTANT}&method=replay-basis")
        axe.bring(page)
        yield page


def rows(page, label):
    return [int(tile.get_attribute("data-id")) for tile in tiles(page, label).all()]


def test_an_instant_answer_says_what_it_holds_and_offers_the_exact_one(visit, trained):
    tiles(visit, HELPFUL).first.wait_for()
    found = explain_whole(trained, INSTANT, "replay-basis")
    assert rows(visit, HELPFUL) == [entry.train_index for entry in found.helpful]
    assert rows(visit, HARMFUL) == [entry.train_index for entry in found.harmful]
    visit.get_by_text(f"This answer holds about {screen_text.percent(found.share_held, 0)} of the exact one").wait_for()
    visit.get_by_role("button", name="Run the training backwards for this image").wait_for()


def test_the_slider_of_the_time_machine_sorts_both_galleries_anew(visit, trained, server):
    visit.goto(f"{server}/explain?test={EXACT}&method=replay-basis")
    slider = visit.get_by_role("slider", name=re.compile("Epoch"))
    slider.wait_for()
    added = scores_by_epoch(trained, EXACT)
    for epoch, key in ((len(added), "End"), (1, "Home")):
        slider.focus()
        visit.keyboard.press(key)
        visit.get_by_text(f"by the end of epoch {epoch} of {len(added)}").wait_for()
        visit.locator(SETTLED).wait_for()
        summed = added[:epoch].sum(0)
        for sign, side in ((1, HELPFUL), (-1, HARMFUL)):
            gallery = visit.locator(f'.time-machine .gallery[aria-label^="{side}"] .tile')
            shown = [int(tile.get_attribute("data-id")) for tile in gallery.all()]
            expected = [row for row in np.argsort(-sign * summed, kind="stable") if sign * summed[row] > 0]
            assert shown == expected[: len(shown)]
            assert len(shown) == min(12, len(expected))
    assert "epoch=1" in visit.url


def test_prove_it_begins_a_training_and_shows_predicted_beside_measured(visit, trained, server):
    address = f"{server}/explain?test={EXACT}&method=replay-basis&prove=helpful-1"
    visit.goto(address)
    (removed,) = [entry.train_index for entry in explain_whole(trained, EXACT, "replay-basis").helpful[:1]]
    visit.get_by_role("button", name="Train the whole network again without them").click()
    table = visit.get_by_role("region", name="Change of loss after trainings from scratch")
    visit.get_by_role("button", name="Cancel").or_(table).first.wait_for()  # it trains, or has trained
    (job,) = [job for job in jobs.jobs() if job.kind == "retrain"]
    assert job.argv[-4:] == ["--test", str(EXACT), "--remove", str(removed)]
    jobs.cancel(job.id)  # what it would find is found here, however long it would take
    trial = retrain(trained, EXACT, [removed], silent)
    assert trial.predicted_by == "unrolled"
    visit.goto(f"{server}/trust")
    visit.goto(address)
    for figure in (trial.predicted_loss_change, trial.measured_loss_change):
        expect(table).to_contain_text(
            screen_text.number(figure, "+")
        )  # Streamlit draws it on a canvas, with words for readers
    visit.locator(SETTLED).wait_for()
    assert axe.in_each_theme(visit) == axe.CLEAN


def test_trust_has_the_tables_of_the_whole_network(visit, server):
    visit.goto(f"{server}/trust")
    visit.get_by_role("heading", name=re.compile("Agreement where 1")).wait_for()
    visit.get_by_text("0.93 (0.90 to 0.95)").wait_for()
    assert axe.in_each_theme(visit) == axe.CLEAN
