"""The time machine of an explanation: which images it sends, and what each epoch added."""

import json

import numpy as np
import pytest

from explorer.app.components.time_machine.time_machine import leading_rows
from tests.support.views import drawn, shown

ADDED = np.array([[0.3, 0.1, 0.0, -0.2], [-0.1, 0.4, 0.0, -0.1], [0.0, -0.6, 0.2, 0.0]])


def test_every_image_that_leads_a_side_at_some_epoch_is_sent_once():
    expected = {0, 1, 3}  # sums: 0, then 1, then 0; alone: 0, 1, 2; against: 3, 3, 1
    assert set(leading_rows(ADDED, 1).tolist()) == expected | {2}
    assert set(leading_rows(ADDED[:2], 1).tolist()) == expected


def test_an_image_that_no_epoch_moves_is_not_sent():
    assert leading_rows(np.array([[0.0, 0.5]]), 2).tolist() == [1]


def blocks(app):
    """The blocks of a page that consists of one element."""
    assert shown(app)
    (element,) = app.get("bidi_component")
    return json.loads(element.proto.json)["blocks"]


def page():
    """A time machine of three epochs and five training images of the run of all tests."""
    import numpy as np

    from explorer.app import backend
    from explorer.app.components.blocks.blocks import draw
    from explorer.app.components.time_machine.time_machine import time_machine

    run = backend.run(backend.runs()["default"])
    added = np.zeros((3, len(run.train_labels)))
    added[:, [3, 4, 5, 6, 7]] = np.array([[0.5, -0.25, 0, 0, 0], [0, 0, 0.123456, 0, 0], [0, -1.5, 0, 0, -0.004]])
    draw("machine", time_machine(run, added, ("▲ argue for cat", "▼ argue for dog")))


def test_the_block_says_what_each_epoch_added(run):
    (block,) = blocks(drawn(page))
    assert {entry["tile"]["id"]: entry["added"] for entry in block["tiles"]} == {
        "3": [0.5, 0, 0],
        "4": [-0.25, 0, -1.5],
        "5": [0, 0.123456, 0],
        "7": [0, 0, -0.004],
    }
    assert block["totals"] == [[0.5, -0.25], [pytest.approx(0.123456), 0], [0, pytest.approx(-1.504)]]
    assert (block["epoch"], block["alone"]) == (3, False)


def test_the_address_says_which_epoch_is_shown_and_one_beyond_the_last_is_the_last():
    (asked,) = blocks(drawn(page, epoch="2", epochs="alone"))
    assert (asked["epoch"], asked["alone"]) == (2, True)
    (beyond,) = blocks(drawn(page, epoch="17"))
    assert beyond["epoch"] == 3
