"""A number that stands on two pages, or on a page and in the ``--json`` of a command, is the same number."""

import csv
import json
import re
import time
from datetime import datetime
from html import unescape

import numpy as np
import pytest

from explorer.app import backend, screen_text
from explorer.app.pages.explain.case_file import render_case_file
from explorer.app.pages.suspects import duplicates as duplicates_view
from explorer.app.pages.suspects import groups as groups_view
from explorer.attribution import ESTIMATORS
from explorer.evaluation.agreement import pearson
from explorer.evaluation.duplicates import DuplicateSet
from explorer.runs.edits import edit_log
from explorer.runs.edits.refit import predicted_for, refit_edited
from explorer.runs.results import agreement, duplicates
from explorer.runs.results.explanation import explain
from explorer.runs.results.flipping_sets import first_mistake
from explorer.runs.results.paths import groups_file
from tests.support.audits import with_audit
from tests.support.pages import galleries, opened, shown_sections, sides

# At least so many numbers must be compared: a page that shows fewer has lost some.
LEAST = 480


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


def facts_of(app, gallery):
    """The pairs under a picture of its own."""
    return next(
        each["facts"] for one in app.get("bidi_component") for each in shown_sections(one) if each["label"] == gallery
    )


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


def test_the_case_file_has_the_numbers_of_the_galleries(run, wrong, compared):
    page = unescape(render_case_file(run.id, explain(run, wrong)).decode())
    alts = re.findall(r"(?:helpful|harmful) \d+, labelled (\S+), score (\S+), training image (\d+)", page)
    changes = re.findall(r"without it: P\(\w+\) \S+\xa0points", page)
    tiles = {int(tile["id"]): tile for side in sides(opened("explain", test=wrong)) for tile in side}
    for (label, score, index), change in zip(alts, changes, strict=True):
        compared.append(("case file", shown(tiles[int(index)]), (int(index), label, score)))
        compared.append(("its change", tiles[int(index)]["lines"][2], change))
    assert alts


def test_a_training_images_effect_is_the_score_of_the_explanation(run, wrong, told, compared):
    strongest = told("explain", "--test", str(wrong))["harmful"][0]
    effects = galleries(opened("training_image", train=strongest["train_index"], test=wrong))
    (tile,) = [
        tile for label, tiles in effects.items() if label.startswith("▼") for tile in tiles if tile["id"] == str(wrong)
    ]
    digits = len(tile["lines"][1].partition(".")[2])
    compared.append(("its effect", tile["lines"][1], screen_text.signed(strongest["score"], digits)))


def test_what_was_proved_is_what_the_command_measures(wrong, told, compared):
    found = told("verify", "--test", str(wrong), "--top", "1", "--sign", "harmful")
    proved = opened("explain", test=wrong, prove="harmful-1", proved=wrong)
    said = " ".join(proved.table[0].value.astype(str).to_numpy().ravel())
    changes = [screen_text.number(found[f"{name}_loss_change"], "+") for name in ("predicted", "measured")]
    shares = screen_text.moved(found["probability_before"], found["probability_after"])
    compared.append(
        ("loss of the proof", re.search(r"predicted (\S+), measured (\S+) nats", said).groups(), tuple(changes))
    )
    compared.append(("probability of the proof", shares in said, True))
    compared.append(("label of the proof", f"{found['label_before']} → {found['label_after']}" in said, True))


def test_the_queue_of_suspects(run, alone, printed, told, tmp_path, compared):
    with_audit(run, alone)
    path = tmp_path / "suspects.csv"
    queue = told("audit", "--trusted", "even")["queue"]
    printed("export", "--run", "default", "--what", "suspects", "--trusted", "even", "--output", str(path))
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    elements = opened("suspects", trusted="even").get("bidi_component")
    blocks = [block for element in elements for block in json.loads(element.proto.json)["blocks"]]
    (review,) = [block for block in blocks if block["kind"] == "review"]
    assert review["entries"]
    for entry, known, row in zip(review["entries"], queue, rows, strict=False):
        reason = f"{known['reason'][:1].upper()}{known['reason'][1:]}."
        compared.append(("suspect", entry["id"], str(known["train_index"])))
        compared.append(("suspect of the table", row["index"], entry["id"]))
        compared.append(("its reason", entry["reason"], screen_text.spaced(reason)))
        compared.append(("its reason in the table", row["reason"], known["reason"]))


@pytest.fixture
def other_groups(run, monkeypatch):
    """Any groups do: ten starts each take four seconds. They are gone afterwards, for who looks at the program's own."""
    monkeypatch.setattr("explorer.evaluation.groups.STARTS", 1)
    yield
    groups_file(run.id).unlink()
    groups_view._cached_groups.cache_clear()


@pytest.mark.usefixtures("other_groups")
def test_the_groups(told, compared):
    found = told("groups")["groups"]
    by_images = {
        tuple(tile["id"] for tile in tiles): label
        for label, tiles in galleries(opened("suspects", view="groups")).items()
    }
    compared.append(("number of groups", len(by_images), len(found)))
    for group in found:
        first = [
            label for ids, label in by_images.items() if {int(index) for index in ids} <= set(group["train_indices"])
        ]
        compared.append(("a group", first, [f"{group['size']:,} images labelled {group['class']}"]))


@pytest.fixture
def unknown():
    """The page has seen no sets of copies, neither those of other tests nor, afterwards, those of this one."""
    duplicates_view._known.cache_clear()
    yield
    duplicates_view._known.cache_clear()


@pytest.mark.usefixtures("unknown")
def test_the_duplicates(run, alone, told, compared):
    sets = [
        DuplicateSet(np.array([3, 41]), np.array([7]), False, 0.0731, True, 0.1849, (("train", 41), ("test", 7))),
        DuplicateSet(np.array([5, 6]), np.array([], dtype=int), True, 0.0, False, 0.0, (("train", 5), ("train", 6))),
    ]
    duplicates._cached(run).save(duplicates.Duplicates(0.25, sets))
    found, app = told("duplicates")["sets"], opened("suspects", view="duplicates")
    said, sections = words_of(app), [each for one in app.get("bidi_component") for each in shown_sections(one)]
    twins = [each for each in sections if each["label"].startswith(("Exactly", "Nearly"))]
    counts = re.search(r"(\d+) sets of images that show the same picture, (\d+) of them exactly.", said).groups()
    compared.append(("sets of duplicates", [*map(int, counts)], [len(found), sum(one["exact"] for one in found)]))
    crossing = re.search(r"In (\d+) set a test image", said)[1]
    compared.append(("on both sides", int(crossing), sum(one["across"] for one in found)))
    for shown_set, known in zip(twins, found, strict=True):
        ends = [str(end["index"]) for end in known["farthest"]]
        apart = re.search(r"first two are (\S+) apart", json.dumps(shown_set))
        compared.append(("the two farthest", [tile["id"] for tile in shown_set["tiles"][:2]], ends))
        compared.append(("exact", shown_set["label"].startswith("Exactly"), known["exact"]))
        compared.append(("how far apart", float(apart[1]) if apart else 0, round(known["largest_distance"], 2)))
        compared.append(("labels differ", shown_set["title"].startswith("✗"), known["contradicting"]))


def invented_report(run):
    """A trust report whose figures all differ, as if it had been measured with ten removals of each kind."""
    place = iter(range(1, 1000))

    def one():
        n = next(place)
        return {"value": 1 - n / 997, "low": 1 - (n + 1) / 997, "high": 1 - n / 998}

    figures = {
        method: {
            "unit": ESTIMATORS[method].unit,
            "pairs": {name: one() for name in ("pearson", "spearman", "slope")},
            "groups": {name: one() for name in ("pearson", "spearman", "slope")},
            "lds": one(),
            "points": [[0.1, 0.2], [0.3, 0.4]],
        }
        for method in run.methods
    }
    curve = [{"l2": run.head.l2, "times": 1.0} | one()]
    refits = {"pairs": 10, "groups": agreement.GROUPS, "subsets": 11}
    return {"run": run.id, "refits": refits, "methods": figures, "curve": curve, "seconds": 1.0}


def test_the_trust_report(run, alone, told, compared):
    agreement._report(run.id).save(invented_report(run))
    found, app = told("trust", "--pairs", "10", "--subsets", "11"), opened("trust")
    said = words_of(app).replace("**", "")
    counts = re.search(r"left out (\d+) single images, (\d+) random groups and (\d+) random halves", said).groups()
    compared.append(("refits of Trust", [*map(int, counts)], [*found["refits"].values()]))
    rows = {row["method"]: row for row in app.dataframe[0].value.to_dict("records")}
    compared.append(("methods of Trust", [*rows], [*found["methods"]]))
    for method, known in found["methods"].items():
        figures = {
            "one image out: correlation": known["pairs"]["pearson"],
            "rank correlation": known["pairs"]["spearman"],
            "groups: correlation": known["groups"]["pearson"],
            "random halves (LDS)": known["lds"],
        }
        for name, figure in figures.items():
            words = [f"{figure[end]:.4f}" for end in ("value", "low", "high")]
            compared.append((f"{method}, {name}", rows[method][name], "{} ({} to {})".format(*words)))
    best = found["methods"][run.default_method]["pairs"]["pearson"]["value"]
    compared.append(("Trust's sentence", re.search(r"happened correlate at (\S+);", said)[1], f"{best:.4f}"))


def test_a_refit_on_four_pages(run, wrong, printed, compared):
    """Last, because it leaves edits and a run behind."""
    left_out = [entry.train_index for entry in explain(run, wrong).harmful]
    edit_log.record_edits(
        run, [edit_log.Change("train", run.picture_row("train", row), "exclude", "") for row in left_out]
    )
    after = refit_edited(run, "default-edited")
    beside_the_command(run, after, wrong, printed, compared)
    now = json.loads(printed("explain", "--test", str(wrong), "--run", "default-edited", "--json"))["test"]
    label = now["label"]
    cat = screen_text.probability(now["probabilities"][label])
    retrained = dict(fact[:2] for fact in facts_of(opened("retrain", test=wrong), "The test image"))
    explained = dict(
        fact[:2] for fact in facts_of(opened("explain", run="default-edited", test=wrong), "The test image")
    )
    both = galleries(opened("compare", what="runs", before=run.id, after=after.id, test=wrong))
    tiles = [tile for each in both.values() for tile in each if tile["id"] == str(wrong)]
    told = [line for tile in tiles for line in tile["lines"] if line.startswith(f"P({label})")]
    compared.append(("after the refit, Retrain", retrained["After the refit"], cat))
    compared.append(("after the refit, Explain", explained[f"P({label})"], cat))
    compared.append(("after the refit, Compare", {line.rpartition(" → ")[2] for line in told}, {cat}))
    compared.append(
        ("before it, Retrain", retrained[f"P({label}) before"], told[0].partition(") ")[2].partition(" → ")[0])
    )


def beside_the_command(run, after, wrong, printed, compared):
    """Retrain's predicted and measured figures, and those that the command tells of the same refit."""
    page = opened("retrain", test=wrong)
    facts, said = dict(fact[:2] for fact in facts_of(page, "The test image")), words_of(page)
    told = json.loads(printed("edit", "retrain", "--run", "default", "--as", "default-edited", "--json"))
    predicted, measured = predicted_for(after), after.test_losses - run.test_losses
    compared.append(("predicted in one step, mean", float(predicted.mean()), told["predicted_loss_change"]))
    compared.append(("measured, mean", float(measured.mean()), told["measured_loss_change"]))
    before = float(run.test_probabilities[wrong, run.test_labels[wrong]])
    then = float(np.exp(-(run.test_losses[wrong] + predicted[wrong])))
    compared.append(("predicted in one step", facts["Predicted"], screen_text.became(before, then)))
    known = f"correlate at {pearson(predicted, measured):.4f}"
    compared.append(("predicted and measured", known in said, True))
    was = run.manifest.accuracy_per_class
    for name, share in told["accuracy_per_class"].items():
        words = f"{name} {screen_text.percent(was[name])} → {screen_text.percent(share)}"
        compared.append(("accuracy before and after", words in said, True))
    fixed = sum((after.predicted == run.test_labels) & (run.predicted != run.test_labels))
    compared.append(("fixed by the refit", int(re.search(r"(\d+) fixed", said)[1]), int(fixed)))


def test_the_list_of_decisions(run, wrong, printed, tmp_path, monkeypatch, compared):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    path = tmp_path / "edits.csv"
    found = json.loads(printed("edit", "list", "--run", "default", "--json"))["edits"]
    lines = printed("edit", "list", "--run", "default").splitlines()
    printed("export", "--run", "default", "--what", "edits", "--output", str(path))
    table = list(csv.DictReader(path.open(encoding="utf-8")))
    blocks = [
        block
        for one in opened("retrain", test=wrong).get("bidi_component")
        for block in json.loads(one.proto.json).get("blocks", [])
    ]
    (decisions,) = [block for block in blocks if block["kind"] == "decisions"]
    counts = next(block["text"] for block in blocks if "decisions: " in str(block.get("text")))
    compared.append(("decisions", int(counts.partition(" ")[0]), len(found)))
    for item, known, row, line in zip(decisions["items"], found[::-1], table[::-1], lines[-2::-1], strict=False):
        when = datetime.fromisoformat(known["time"]).astimezone().strftime("%Y-%m-%d %H:%M")
        compared.append(("decision", item["id"], known["id"]))
        compared.append(("its picture", item["picture"], f"Training image {known['train_index']}"))
        compared.append(("what it changes", item["what"], f"{known['label']}, left out"))
        compared.append(("who and when", (item["who"], item["when"]), (known["author"], when)))
        compared.append(
            ("in the table", (row["index"], row["label_from"]), (str(known["train_index"]), known["label"]))
        )
        compared.append(("in the terminal", item["when"] in line, True))
    monkeypatch.undo()
    time.tzset()


def test_all_of_them_are_equal(compared):
    assert len(compared) >= LEAST
    assert [(what, here, there) for what, here, there in compared if here != there] == []
