"""Several people at once on one server: everybody sees what they asked for, and nothing of the others."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("playwright")

USERS, CLICKS = 2, 10


@pytest.fixture(scope="module")
def apart():
    """Each browser's edits are its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_EDITS", "apart")
        yield


@pytest.mark.usefixtures("alone", "apart")
def test_people_who_walk_at_once_never_see_each_others_pages(server):
    from tools import users

    # In a thread of its own: the driver of other tests' browser has a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(asyncio.run, users.walked(server, users.Walk(USERS, CLICKS, looks=(0.0, 0.0)))).result()
    assert seen.wrong == []
    assert seen.mixed == []
    assert len(seen.clicks) == USERS * CLICKS
    assert len(seen.explained) >= 3 * USERS
    assert users.mixed_up("default", seen) == []


def test_a_gallery_of_another_image_is_noticed(run):
    from tools import users
    from tools.walking import Seen

    seen = Seen(explained=[(0, "newton", run.class_names[0], [1, 2], [3])])
    (said,) = users.mixed_up("default", seen)
    assert said.startswith("test image 0, newton")
    assert "the page showed [[1, 2], [3]]" in said


def test_a_teachers_table_that_is_not_what_pupils_did_is_noticed():
    from tools.pupils import Pupil, wrong_rows

    planted = np.array([True, False, True, False])
    pupils = [Pupil(0, None, "", (0, 0), None, None, True, name="Ada", flags={0, 1, 2})]
    right = ["Ada", "✓ handed in", "3", "2 of 2", "1"]
    assert wrong_rows([right], pupils, planted) == []
    lacking, strange = wrong_rows([["Ada", "✓ handed in", "3", "1 of 2", "2"]], pupils, planted)
    assert lacking == f"the table lacks {right}"
    assert strange.startswith("the table has ['Ada', ")
