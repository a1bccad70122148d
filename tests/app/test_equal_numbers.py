"""A number that stands on two pages, or on a page and in the ``--json`` of a command, is the same number."""

import csv
import json
import re

import pytest

from explorer.app import backend, screen_text
from explorer.runs.results.explanation import explain
from explorer.runs.results.flipping_sets import first_mistake
from tests.support.pages import galleries, opened, sides

# At least so many numbers must be compared: a page that shows fewer has lost some.
LEAST = 140


@pytest.fixture(scope="module")
def compared():
    """Pairs ``(what, here, there)`` that must be equal."""
    return []


@pytest.fixture(scope="module")
def wrong(run, alone):
    backend.known_flip.cache_clear()
    yield first_mistake(run)
    backend.known_flip.cache_clear()


@pytest.fixture
def told(printed):
    """What a command on the run prints as JSON."""
    return lambda *words: json.loads(printed(*words, "--run", "default", "--json"))


def words_of(app):
    said = json.dumps([json.loads(element.proto.json)["blocks"] for element in app.get("bidi_component")])
    return said.encode().decode("unicode_escape") + " ".join(each.value for each in app.markdown)


def shown(tile):
    """The training image, label and score that a tile shows."""
    return int(tile["id"]), tile["lines"][0], tile["lines"][1][2:]


def test_the_scores_of_both_sides(run, wrong, told, compared):
    found, digits = told("explain", "--test", str(wrong)), explain(run, wrong).scale.score_digits
    explained = opened("explain", test=wrong)
    first = galleries(opened("overview", test=wrong))
    for side, tiles in zip(("helpful", "harmful"), sides(explained), strict=True):
        for entry, tile in zip(found[side], tiles, strict=False):
            index, label, score = shown(tile)
            compared.append((f"{side} image", index, entry["train_index"]))
            compared.append((f"{side} label", label, entry["label"]))
            compared.append((f"{side} score", score, screen_text.signed(entry["score"], digits)[2:]))
    glimpsed = [tiles for label, tiles in first.items() if label.startswith(("▲", "▼"))]
    for tiles, all_of_them in zip(glimpsed, sides(explained), strict=True):
        compared.extend(
            ("first screen", shown(one), shown(other)) for one, other in zip(tiles, all_of_them, strict=False)
        )


def test_what_the_model_says_of_the_case(run, wrong, told, compared):
    found = told("explain", "--test", str(wrong))["test"]
    said = f"✗ says {found['predicted']} {screen_text.probability(max(found['probabilities'].values()))}"
    for page, gallery in (
        ("overview", "Misclassified image"),
        ("explain", "The test image"),
        ("compare", "The test image"),
    ):
        tile = galleries(opened(page, test=wrong))[gallery][0]
        compared.append((page, (int(tile["id"]), *tile["lines"][:2]), (wrong, found["label"], said)))


def test_the_size_of_the_flipping_set(wrong, told, compared):
    removed = told("flip", "--test", str(wrong))["removed"]
    explained = opened("explain", test=wrong, prove="harmful-1", flip="removing", find=wrong)
    count = re.search(r"Without \*\*(\d+)\*\* of", words_of(explained))
    compared.append(("flipping set on Explain", int(count[1]), len(removed)))
    strip = galleries(opened("overview", test=wrong))["Images of the flipping set"]
    compared.extend(("its images", int(tile["id"]), row) for tile, row in zip(strip, removed, strict=False))


def test_how_many_are_wrong(run, wrong, printed, tmp_path, compared):
    path = tmp_path / "predictions.csv"
    printed("export", "--run", "default", "--what", "predictions", "--output", str(path))
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    right = [row["label"] == row["prediction"] for row in rows]
    cats = sum(row["label"] == "cat" and not fine for row, fine in zip(rows, right, strict=True))
    overview = words_of(opened("overview", test=wrong))
    compared.append(
        ("accuracy", re.search(r"([\d.]+\xa0%) of 400 test", overview)[1], screen_text.percent(sum(right) / len(rows)))
    )
    compared.append(("wrong cats", int(re.search(r"1 of (\d+) wrong", overview)[1]), cats))


def test_all_of_them_are_equal(compared):
    assert len(compared) >= LEAST
    assert [(what, here, there) for what, here, there in compared if here != there] == []
