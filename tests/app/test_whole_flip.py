"""The flipping set of a whole network on Explain, in words."""

import pytest

from explorer.app.components.job_progress.kinds import command, title
from explorer.app.components.removal_trial.whole_flipping_set import said
from explorer.runs.whole_network.flipping import Try, WholeFlip


class Named:
    """A run, as far as sentences ask."""

    class_names = ("cat", "dog")
    train_labels = (0, 1) * 500


def found(tries, reach=-2.0):
    rows = list(range(tries[-1].count)) if tries else []
    return WholeFlip("unrolled", 0, 1, 1.5, rows, tries, reach, 400, [-0.1], [0.2])


@pytest.mark.parametrize(
    ("flip", "sentences"),
    [
        (
            found([Try(20, -0.2, 0.1, 1), Try(30, -0.9, -0.4, 0)]),
            ["Trained without **30** of 1,000 images", "says **cat** instead of **dog**", "real training"],
        ),
        (found([Try(20, -0.2, 0.1, 1)]), ["without the 20 strongest of 1,000", "still says **dog**"]),
        (found([], 0.7), ["no set is enough", "all 400 images", "0.7", "Nothing was trained"]),
    ],
    ids=["flipped", "not", "out of reach"],
)
def test_what_was_found_is_said_in_a_sentence(flip, sentences):
    words = said(Named, flip)
    for part in sentences:
        assert part in words


def test_the_work_is_the_command_of_that_name():
    words = command("whole-flip", "mine", "--method", "unrolled", "--test", "3")
    assert words == ["flip", "--run", "mine", "--method", "unrolled", "--test", "3"]
    assert title("whole-flip").startswith("Flipping set")
