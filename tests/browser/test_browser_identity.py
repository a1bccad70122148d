"""Two browsers on one server: each sees its own edits."""

import os
from contextlib import ExitStack

import pytest

from explorer.app import browser_identity
from explorer.runs.edits import edit_log, edit_scope
from tests.support.chromium import SETTLED, watched


@pytest.fixture(scope="module", autouse=True)
def apart(alone):
    """The server of this module keeps people apart."""
    os.environ[edit_scope.WISH] = "apart"
    yield
    del os.environ[edit_scope.WISH]


def test_two_browsers_edit_the_same_run_and_see_their_own(browser, server, run, alone):
    with ExitStack() as stack:
        first, second = (stack.enter_context(watched(browser)) for _ in range(2))
        for page in (first, second):
            page.goto(f"{server}/training_image?train=7")
            page.get_by_role("button", name="Exclude this image").wait_for()
        names = [page.context.cookies()[0] for page in (first, second)]
        assert names[0]["value"] != names[1]["value"]
        assert names[0]["httpOnly"]
        first.get_by_role("button", name="Exclude this image").click()
        first.get_by_role("link", name="Refit with the 1 change").wait_for()
        second.reload()
        second.locator(SETTLED).wait_for()
        second.get_by_role("button", name="Exclude this image").wait_for()
        assert second.get_by_role("link", name="Refit with the 1 change").count() == 0
        first.get_by_role("link", name="Refit with the 1 change").click()
        first.get_by_role("heading", name="All test images").wait_for()
        first.get_by_text("Take your decisions along").click()
        first.get_by_text(browser_identity.APART).wait_for()
    assert {path.name for path in (alone / "runs/names").iterdir()} == {
        "default",
        f"default-edited-{names[0]['value'][:6]}",
    }
    with edit_scope.as_owner(names[0]["value"]):
        assert edit_log.state(run.data_digest).excluded == {run.picture_row("train", 7)}
    assert not edit_log.state(run.data_digest).excluded
