"""The process that has torch answers for the server what the command line answers, and refuses as it does."""

from types import SimpleNamespace

import numpy as np
import pytest

from explorer.app import whole_network, whole_worker
from explorer.core.errors import ExplorerError
from explorer.runs.whole_network.explanations import explain_whole, explain_whole_picture
from tests.support.own_pictures import stored

TEST, METHOD = 3, "gradient-product"


@pytest.fixture
def here(monkeypatch):
    """The process that has torch answers in this one."""
    monkeypatch.setattr(
        whole_network,
        "worker",
        SimpleNamespace(layers=lambda run_id, pair: whole_worker.answer({"run": run_id} | pair)),
    )


def test_the_process_that_has_torch_says_what_the_command_line_says(smooth_run, here):
    expected = explain_whole(smooth_run, TEST, METHOD, 8)
    found = whole_network.explain(smooth_run, TEST, METHOD, 8)
    np.testing.assert_array_equal(found.scores, expected.scores)
    for what in ("helpful", "harmful", "probabilities", "loss", "label"):
        assert getattr(found, what) == getattr(expected, what)
    content = stored(smooth_run, "test", TEST)
    own, theirs = (
        each(smooth_run, content, METHOD, 8) for each in (explain_whole_picture, whole_network.explain_picture)
    )
    np.testing.assert_array_equal(own.scores, theirs.scores)
    assert (own.target, own.loss) == (theirs.target, theirs.loss)


def test_the_process_that_has_torch_refuses_in_one_sentence(run, smooth_run, here):
    with pytest.raises(ExplorerError, match="whose training was not recorded"):
        whole_network.explain_picture(run, stored(run, "test", TEST), METHOD, 8)
    with pytest.raises(ExplorerError, match="This picture cannot be used"):
        whole_network.explain_picture(smooth_run, b"no picture", METHOD, 8)
    with pytest.raises(ExplorerError, match="There is no test image 99999"):
        whole_worker.answer({"run": smooth_run.id, "test": 99999, "method": METHOD, "target": None})
