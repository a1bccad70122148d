"""What stands over the two sides of an explanation, and how its numbers are written."""

import pytest

from explorer.core.captions import Answer, Side, gallery_sentence, scale_of, side_sentence
from explorer.core.phrases import NO_BREAK, became, moved, percent, points_digits, probability, score_digits, spaced

PETS = ("cat", "dog")
MANY = ("cat", "dog", "horse")


@pytest.mark.parametrize(
    ("target", "label", "predicted", "classes", "sides"),
    [
        ("cat", "cat", "dog", PETS, ("▲ argue for cat (right)", "▼ argue for dog (what it said)")),
        ("dog", "cat", "dog", PETS, ("▲ argue for dog (what it said)", "▼ argue for cat (right)")),
        ("cat", "cat", "cat", PETS, ("▲ argue for cat (right)", "▼ argue against it")),
        ("dog", "cat", "cat", PETS, ("▲ argue for dog", "▼ argue against it")),
        ("dog", "", "dog", PETS, ("▲ argue for dog (what it said)", "▼ argue against it")),
        ("cat", "cat", "dog", MANY, ("▲ argue for cat (right)", "▼ argue against it")),
        ("horse", "cat", "dog", MANY, ("▲ argue for horse", "▼ argue against it")),
    ],
)
def test_the_sides_are_named_by_what_they_argue_for(target, label, predicted, classes, sides):
    assert Answer(target, label, predicted, classes).sides() == sides


def test_a_dog_that_argues_for_cat_is_explained():
    assert (
        Answer("cat", "cat", "dog", PETS)
        .why_others()
        .startswith("A dog can argue for cat: it says what a dog looks like")
    )
    assert Answer("dog", "cat", "dog", PETS).why_others().startswith("A cat can argue for dog")
    assert Answer("cat", "cat", "dog", PETS).why_others().endswith("a cat can argue for dog.")
    assert "A dog can argue for horse" in Answer("horse", "cat", "dog", MANY).why_others()


@pytest.mark.parametrize(
    ("largest", "digits"),
    [(0.0573, 4), (2.0, 4), (2.4e-5, 6), (1e-9, 8), (0.0, 4)],
    ids=["usual", "big", "sure", "tiny", "none"],
)
def test_all_scores_of_a_page_have_one_number_of_digits(largest, digits):
    assert score_digits([largest, -largest / 10]) == digits


def test_neighbours_differ_where_they_really_do():
    scale = scale_of([0.0527, 0.0501, -0.0261], 0.01895, [0.01798, 0.01803, 0.01945])
    assert scale.without("cat", 0.01895, 0.01798) == "without it: P(cat) −0.097\u00a0points"
    assert scale.without("cat", 0.01895, 0.01803) == "without it: P(cat) −0.092\u00a0points"
    assert [scale.bar(value) for value in (0.0527, -0.0527 / 2)] == [1.0, -0.5]
    assert points_digits([0.2, -0.1]) == 1


def test_a_gallery_says_what_its_pictures_do_alone():
    alone = "Left out alone, each would lower P(cat), by at most 0.100 points."
    assert side_sentence("cat", 0.019, [0.018, 0.0185], 3) == alone
    assert side_sentence("cat", 0.019, [0.02], digits=3).startswith("Left out alone, each would raise P(cat)")
    assert side_sentence("cat", 0.019, []) == ""
    scale = scale_of([0.0527, 0.05], before := 0.018947, after := [0.0179745, 0.01808])
    most = scale.without("cat", before, after[0]).removeprefix("without it: P(cat) −").removesuffix("\u00a0points")
    assert side_sentence("cat", before, after, scale.points_digits).endswith(f"by at most {most} points.")


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.98105, "98.1 %"), (0.0189, "1.9 %"), (0.00049, "< 0.1 %"), (0.9997, "> 99.9 %"), (0.5, "50.0 %")],
)
def test_a_probability_has_one_digit_after_the_point(value, said):
    assert probability(value) == said.replace(" ", NO_BREAK)


def test_what_one_digit_cannot_show_is_said_in_points():
    assert moved(0.914, 0.905) == f"{percent(0.914)} → {percent(0.905)}"
    assert became(0.91412, 0.91409) == f"91.4{NO_BREAK}% (−0.003{NO_BREAK}points)"
    assert became(0.5, 0.5) == percent(0.5)


def test_per_cent_of_a_file_is_written_as_on_a_page():
    assert spaced("86.8% of 5 %, not find=50%25 or 3%x") == f"86.8{NO_BREAK}% of 5{NO_BREAK}%, not find=50%25 or 3%x"


def test_one_sentence_says_what_pictures_do_alone_and_together():
    sides = [Side("▲", [0.018, 0.0185], 0.012), Side("▼", [0.0201], 0.03901)]
    alone = "P(cat) is 1.9 %. Left out alone, each ▲ would lower it by at most 0.100 points, each ▼ would raise it by at most 0.110 points."
    together = "Left out together, the 2 ▲ would lower it to 1.2 %, the 1 ▼ would raise it to 3.9 %."
    said = gallery_sentence("cat", 0.019, sides, 3).replace(NO_BREAK, " ")
    assert said == f"{alone} {together}"
    assert gallery_sentence("cat", 0.019, [Side("▲", [], None)] * 2, 3).replace(NO_BREAK, " ") == "P(cat) is 1.9 %."
