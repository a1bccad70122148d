"""What the pages say and what clicks do, without a browser."""

import json

import numpy as np
import pytest

from explorer.app import backend, screen_text
from explorer.app.pages.predictions import filters
from explorer.evaluation.overlap import overlap
from explorer.runs.results.explanation import explain
from explorer.runs.results.flipping_sets import find_flip, first_mistake
from tests.support.homes import furnish
from tests.support.pages import galleries, opened, shown_sections, sides

PAGES = ("overview", "predictions", "explain", "training_image", "retrain", "compare", "trust", "data")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens(page):
    app = opened(page)
    assert [error.value for error in app.exception] == []
    assert [error.value for error in app.error] == []


def test_the_overview_opens_on_a_misclassified_cat(run):
    test = galleries(opened("overview"))["Misclassified image"][0]
    label, predicted = run.test_labels[int(test["id"])], run.predicted[int(test["id"])]
    assert (run.class_names[label], run.class_names[predicted]) == ("cat", "dog")


def test_the_overview_shows_the_image_in_hand_by_its_method_and_the_way_to_a_wrong_one(run):
    right = int(np.flatnonzero(run.predicted == run.test_labels)[0])
    app = opened("overview", test=right, method="influence", target="dog")
    shown, said = galleries(app), "".join(element.proto.json for element in app.get("bidi_component"))
    assert [tile["id"] for tile in shown["Image in hand"]] == [str(right)]
    expected = explain(run, right, "influence", target_class="dog")
    helpful = next(tiles for label, tiles in shown.items() if label.startswith("▲ argue for dog"))
    assert [tile["id"] for tile in helpful] == [str(e.train_index) for e in expected.helpful[: len(helpful)]]
    assert f"test={right}&method=influence&target=dog" in shown["Image in hand"][0]["href"]
    assert f"Its surest mistake: cat {first_mistake(run)}, called a dog" in said


def test_the_overview_says_what_argues_for_each_answer_and_leads_to_the_lesson():
    app = opened("overview")
    shown, said = galleries(app), "".join(element.proto.json for element in app.get("bidi_component"))
    assert {"▲ argue for cat (right)", "▼ argue for dog (what it said)"} <= set(shown)
    assert "A dog can argue for cat" in said
    assert "Learn how it works" in said


def test_the_overview_proves_its_sentence_once_the_flipping_set_is_kept(run, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(furnish(tmp_path, run.folder.parents[1], run.id)))
    backend.known_flip.cache_clear()
    assert "Images of the flipping set" not in galleries(opened("overview"))
    found = find_flip(run, first_mistake(run))
    app = opened("overview")
    said = "".join(element.proto.json for element in app.get("bidi_component"))
    these = "this one" if len(found.rows) == 1 else f"these {len(found.rows)}"
    assert f"Without {these} of 800 training images it says cat: really refitted" in said
    strip = [int(tile["id"]) for tile in galleries(app)["Images of the flipping set"]]
    assert strip == found.rows[: len(strip)].tolist()
    backend.known_flip.cache_clear()


def test_explain_shows_the_scores_that_the_backend_computes(run):
    helpful, harmful = sides(opened("explain", test=3))
    expected = explain(run, 3)
    assert [item["id"] for item in helpful] == [str(e.train_index) for e in expected.helpful]
    digits = expected.scale.score_digits
    assert [item["lines"][1] for item in harmful] == [screen_text.signed(e.score, digits) for e in expected.harmful]


def test_explain_says_what_both_galleries_do_together(run):
    found, (helpful, harmful) = explain(run, 3), backend.together(run.id, 3, "newton", 24)
    said = "".join(element.proto.json for element in opened("explain", test=3).get("bidi_component"))
    for after in (helpful, harmful):
        assert json.dumps(f" it to {screen_text.became(found.probability, after)}")[1:-1] in said
    assert helpful < min(entry.probability_without for entry in found.helpful)
    assert harmful > max(entry.probability_without for entry in found.harmful)


def test_another_class_turns_helpful_into_harmful():
    own, other = (sides(opened("explain", test=3, method="influence", target=name)) for name in ("cat", "dog"))
    assert [tile["id"] for tile in own[0]] == [tile["id"] for tile in other[1]]


@pytest.mark.parametrize(
    ("page", "state", "sentence"),
    [
        ("explain", {"test": -1}, "must be a whole number from 0"),
        ("explain", {"test": 10**6}, "the numbers go from 0 to 399"),
        ("explain", {"test": "<script>"}, "must be a whole number"),
        ("explain", {"method": "magic"}, "choose one of: newton, influence"),
        ("explain", {"target": "horse"}, "choose one of: cat, dog"),
        ("explain", {"run": "nobody"}, "There is no run 'nobody'"),
        ("training_image", {"train": 10**6}, "the numbers go from 0 to 799"),
        ("predictions", {"show": "some"}, "choose one of: wrong, right, all"),
    ],
)
def test_a_bad_address_gets_one_sentence(page, state, sentence):
    app = opened(page, **state)
    assert len(app.exception) == 0
    assert sentence in app.error[0].value


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("![x](http://example.org/x.png)", r"'!\[x\](http\://example.org/x.png)'"),
        (":red[x] $a$", r"'\:red\[x\] \$a\$'"),
        ("<b>www.example.org</b>", r"'\<b\>www\.example.org\</b\>'"),
    ],
)
def test_an_address_is_repeated_letter_by_letter(given, shown):
    assert f"There is no run {shown};" in opened("explain", run=given).error[0].value


def test_only_what_markdown_would_take_for_more_gets_a_backslash():
    sentence = "There is no target 'horse'; choose one of: cat, dog (2.5 %)."
    assert screen_text.verbatim(sentence) == sentence
    assert screen_text.verbatim("two\n\n# lines") == "two # lines"
    assert screen_text.verbatim("a_b **c** [d](e://f)") == r"a\_b \*\*c\*\* \[d\](e\://f)"


def test_filters_and_orders_of_predictions(run):
    rows = filters.filtered_rows(run, "wrong", "cat", "any class", "sure")
    assert (run.test_labels[rows] == 0).all()
    assert (run.predicted[rows] != 0).all()
    sure = run.test_probabilities[rows].max(axis=1)
    assert (sure[:-1] >= sure[1:]).all()
    assert filters.count_sentence(run, 300_000, "", 1234, 5000).endswith(", page 1,234 of 5,000")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (0.914, 0.905, "P(cat) 91.4\u00a0% → 90.5\u00a0%"),
        (0.91412, 0.91409, "P(cat) 91.4\u00a0% → 91.4\u00a0% (−0.003\u00a0points)"),
        (0.5, 0.5, "P(cat) 50.0\u00a0% → 50.0\u00a0%"),
    ],
)
def test_a_change_is_told_with_digits_enough_to_see_it(before, after, sentence):
    assert screen_text.change("cat", before, after) == sentence


def test_a_sign_is_a_shape_and_a_character_not_colour_alone():
    assert (screen_text.signed(0.0042), screen_text.signed(-0.0042)) == ("▲ +0.0042", "▼ −0.0042")


def test_prove_it_says_what_was_predicted_and_what_happened(run):
    app = opened("explain", test=3, prove="harmful-1").button(key="prove").click().run()
    assert [error.value for error in app.exception] == []
    words = app.table[0].value.to_string()
    assert "predicted −" in words
    assert "measured −" in words


def test_what_was_proved_is_in_the_address_and_stands_there_after_a_reload(run):
    app = opened("explain", test=3, prove="harmful-1")
    app = app.selectbox(key="prove-what").set_value("helpful-5").run()
    assert {**app.query_params} == {"test": "3", "prove": "helpful-5"}
    app = app.button(key="prove").click().run()
    app = app.radio(key="flip-way").set_value("relabelling").run()
    assert {**app.query_params} == {"test": "3", "prove": "helpful-5", "proved": "3", "flip": "relabelling"}
    state = {**app.query_params}
    again = opened("explain", **state)
    assert [table.value.to_string() for table in again.table] == [table.value.to_string() for table in app.table] != []
    assert again.radio(key="flip-way").value == "relabelling"
    assert len(opened("explain", **state | {"test": 4}).table) == 0  # the next image is not refitted unasked
    picked = opened("explain", test=3, prove="picked", out="5,7", proved=3)
    assert "without 2 images" in picked.table[0].value.to_string()
    assert [tile["id"] for tile in galleries(picked)["Images picked by hand"]] == ["5", "7"]


def test_images_picked_by_hand_are_left_out(run):
    app = opened("explain", test=3, prove="harmful-1")
    app = app.selectbox(key="prove-what").set_value("picked").run()
    assert app.button(key="prove").disabled
    harmful = explain(run, 3).harmful
    app = app.multiselect(key="picked-3").set_value([harmful[0].train_index, harmful[2].train_index]).run()
    app = app.button(key="prove").click().run()
    assert [error.value for error in app.exception] == []
    assert "without 2 images" in app.table[0].value.to_string()
    app = app.multiselect(key="picked-3").set_value([harmful[0].train_index, 10**6]).run()
    app = app.button(key="prove").click().run()
    assert "the numbers go from 0 to 799" in app.error[0].value


def test_a_training_image_is_put_to_the_test(run):
    app = opened("training_image", train=5)
    app = app.button(key="prove-effects").click().run()
    assert [error.value for error in app.exception] == []
    said = " ".join(element.value for element in app.markdown)
    assert float(said.split("correlate at **")[1][:6]) >= 0.999
    assert {**app.query_params} == {"train": "5", "proved": "5"}
    again = opened("training_image", **app.query_params)
    assert said == " ".join(element.value for element in again.markdown), "it is there after a reload and in a link"


def test_a_flip_by_relabelling_is_shown(run):
    index = int(run.confidently_wrong()[-1])
    app = opened("explain", test=index, flip="relabelling", find=index)
    assert [error.value for error in app.exception] == []
    assert "With other labels on" in " ".join(element.value for element in app.markdown)


def test_the_smallest_flipping_set_is_shown(run):
    index = int(run.confidently_wrong()[-1])
    app = opened("explain", test=index, flip="removing", find=index)
    assert [error.value for error in app.exception] == []
    assert "Smallest flipping set" in galleries(app) or "No set of images" in app.info[-1].value


def test_a_flipping_set_shows_the_scores_of_the_galleries(run):
    app = opened("explain", test=first_mistake(run), flip="removing", find=first_mistake(run))
    sections = [each for element in app.get("bidi_component") for each in shown_sections(element)]
    (about,) = (each["about"] for each in sections if each["label"] == "Smallest flipping set")
    assert about["src"] == f"/thumbs/{run.id}/test/{first_mistake(run)}"  # a large picture stands beside it
    shown = galleries(app)
    harmful = next(tiles for label, tiles in shown.items() if label.startswith("▼"))
    known = {tile["id"]: tile["lines"][1] for tile in harmful}
    same = [tile for tile in shown["Smallest flipping set"] if tile["id"] in known]
    assert same
    assert all(tile["lines"][1] == known[tile["id"]] for tile in same)


def test_compare_shows_both_methods_and_says_how_far_they_agree(run):
    app = opened("compare", test=3, method="newton", other="similarity")
    shown = galleries(app)
    assert {
        f"{method}: argue {way}" for method in ("newton", "similarity") for way in ("for cat (right)", "against it")
    } <= set(shown)
    rows = [explain(run, 3, method).scores for method in ("newton", "similarity")]
    agree = overlap(*rows, 24)
    said = " ".join(element.value for element in app.markdown)
    assert f"they share **{agree.helpful}**" in said
    assert f"correlate at **{agree.correlation:.2f}**" in said
    assert bool(len(app.warning)) == (agree.correlation < 0.5)
    same = " ".join(element.value for element in opened("compare", test=3, method="newton", other="newton").markdown)
    assert same.count("**24**") == 2
    assert "correlate at **1.00**" in same


def test_only_scores_that_predict_a_refit_are_said_to(run):
    def said(method):
        app = opened("explain", test=3, method=method)
        return " ".join(element.proto.json for element in app.get("bidi_component"))

    assert "Left out alone, each " in said("newton")
    assert "Left out alone" not in said("similarity")
    assert "do not predict what would happen" in said("similarity")


def test_first_order_scores_carry_their_leverage_badge(run, monkeypatch):
    from explorer.app.components.leverage_badge import leverage_badge

    monkeypatch.setattr(leverage_badge, "LARGE_LEVERAGE", float(run.curvature.leverages.max()) / 2)
    said = {method: opened("explain", test=3, method=method) for method in ("influence", "newton")}
    shown = {
        method: "".join(element.proto.json for element in app.get("bidi_component")) for method, app in said.items()
    }
    assert "times too small. Use newton" in shown["influence"]
    assert "times too small" not in shown["newton"]


def test_a_home_that_cannot_be_written_is_said_in_one_sentence(run, monkeypatch):
    from explorer.core.errors import ExplorerError
    from explorer.runs import database

    monkeypatch.setattr(database.home, "database", lambda: database.home.root() / "no" / "such" / "explorer.sqlite")
    with pytest.raises(ExplorerError, match="set EXPLORER_HOME to a folder that can be written"), database.database():
        pass


def test_more_of_both_sides_are_a_link_away(run):
    few, more = (opened("explain", test=first_mistake(run), **state) for state in ({}, {"top": 96}))
    assert [len(tiles) for tiles in sides(few)] == [24, 24]
    assert [len(tiles) for tiles in sides(more)] == [96, 96]
    assert [[tile["id"] for tile in tiles[:24]] for tiles in sides(more)] == [
        [tile["id"] for tile in tiles] for tiles in sides(few)
    ]
    said = ["".join(element.proto.json for element in app.get("bidi_component")) for app in (few, more)]
    assert "Show 96 a side" in said[0]
    assert "Show 384 a side" in said[1]
    assert "Show 24 a side" in said[1]


def test_what_a_training_image_does_stands_in_a_table_with_all_digits(run):
    app = opened("training_image", train=3, top=96)
    scores = backend.effects(run.id, 3, run.default_method)
    strongest = int(np.abs(scores).argmax())
    elements = [json.loads(element.proto.json)["blocks"] for element in app.get("bidi_component")]
    (table,) = [block for blocks in elements for block in blocks if block["kind"] == "astable"]
    first = dict(zip(table["headings"], table["rows"][0], strict=True))
    assert (first["test image"], first["score (newton)"]) == (strongest, float(scores[strongest]))
    assert first["label"] == run.class_names[run.test_labels[strongest]]
