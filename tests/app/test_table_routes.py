"""Tables at addresses of their own: what a browser downloads is what the command writes."""

import json
from urllib.parse import parse_qsl

import numpy as np
import pytest

from explorer.app import table_routes
from explorer.app.components.take_along import take_along
from explorer.app.pages.predictions.filters import filtered_rows
from explorer.runs import selections
from explorer.runs.edits import edit_scope
from explorer.runs.edits.edit_log import Change, record_edits
from explorer.runs.results.audit import audit_run
from explorer.runs.results.explanation import explain
from tests.support import routes
from tests.support.pages import opened

ANNA = "a" * 16


def answered(path, cookie="", **state):
    """Status, headers and content of the answer to an address below ``/export``."""
    return routes.answered(table_routes.ROUTES, f"export/{path}", cookie, **state)


def rows_of(path, **state):
    status, _, content = answered(path, **state)
    assert status == 200, content
    return json.loads(content)


def test_a_download_is_what_the_command_writes(printed, tmp_path):
    printed("export", "--run", "default", "--what", "predictions", "--output", tmp_path / "p.csv")
    status, headers, content = answered("default/predictions.csv")
    assert (status, content) == (200, (tmp_path / "p.csv").read_bytes())
    assert headers["content-disposition"].startswith('attachment; filename="default-predictions.csv"')
    assert headers["content-type"] == "text/csv; charset=utf-8"
    assert headers["cache-control"] == "no-store"


def test_the_filters_in_force_decide_the_rows_and_the_name(run):
    state = {"show": "wrong", "label": "cat", "predicted": "any class", "order": "loss", "find": ""}
    rows = rows_of("default/predictions.json", **state)
    assert [row["index"] for row in rows] == filtered_rows(run, **state).tolist()
    assert (
        "default-predictions-wrong-cat.json" in answered("default/predictions.json", **state)[1]["content-disposition"]
    )


def test_both_galleries_of_an_explanation(run):
    found = explain(run, 3, "influence", 5, "dog")
    rows = rows_of("default/explanation.json", test=3, method="influence", target="dog", top=5)
    assert [(row["side"], row["index"], row["score"]) for row in rows] == [
        *(("helpful", each.train_index, each.score) for each in found.helpful),
        *(("harmful", each.train_index, each.score) for each in found.harmful),
    ]


def test_a_selection_of_the_map_holds_both_sides(run):
    key = selections.save_sides(run.id, {"train": [7, 3], "test": [5]})
    rows = rows_of(f"{run.id}/selection.json", selection=key)
    assert [(row["side"], row["index"]) for row in rows] == [("train", 3), ("train", 7), ("test", 5)]


def test_the_queue_of_the_audit(run):
    audit = audit_run(run, "even")
    assert [row["index"] for row in rows_of("default/suspects.json", trusted="even")] == audit.order.tolist()


def test_edits_are_those_of_the_browser_that_asks(run, unedited, monkeypatch):
    monkeypatch.setenv(edit_scope.WISH, "apart")
    with edit_scope.as_owner(ANNA):
        record_edits(run, [Change("train", 3, "exclude")])
    assert [row["index"] for row in json.loads(answered("default/edits.json", cookie=ANNA)[2])] == [3]
    assert rows_of("default/edits.json") == rows_of("default/edits.json", cookie="b" * 16) == []


@pytest.mark.parametrize(
    ("path", "state", "sentence"),
    [
        ("nobody/predictions.csv", {}, "There is no run 'nobody'"),
        ("default/secrets.csv", {}, "There is no table 'secrets'"),
        ("default/predictions.xlsx", {}, "give a name that ends in .csv or .json"),
        ("default/predictions.csv", {"order": "size"}, "There is no order 'size'"),
        ("default/suspects.csv", {"trusted": "/etc/passwd"}, "choose one of: all, even, marked"),
        ("default/selection.csv", {"selection": "x"}, "There is no selection 'x'"),
        ("default/explanation.csv", {"test": "-1", "top": 24}, "test in the address is '-1'"),
        ("default/explanation.csv", {"test": "1", "top": 24, "method": "magic"}, "There is no method 'magic'"),
        ("default/explanation.csv", {"test": "1", "top": 24, "target": "horse"}, "There is no class 'horse'"),
    ],
)
def test_a_bad_address_gets_one_sentence(path, state, sentence):
    status, headers, content = answered(path, **state)
    assert (status, headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert sentence in content.decode()


def offered(app):
    """The tables that a page offers: words and the address of the first form."""
    for element in app.get("bidi_component"):
        for block in json.loads(element.proto.json).get("blocks", []):
            for table in block.get("tables", []) if block["kind"] == "take" else []:
                yield table["said"], table["links"][0]["href"]


@pytest.mark.parametrize(
    ("page", "state", "said"), [("predictions", {"show": "wrong"}, "these "), ("explain", {"test": 3}, "both")]
)
def test_a_page_offers_what_it_shows_and_the_address_answers(page, state, said):
    address = next(href for words, href in offered(opened(page, **state)) if words.startswith(said))
    path, _, query = address.removeprefix("/export/").partition("?")
    status, _, content = answered(path, **dict(parse_qsl(query)))
    assert status == 200
    assert len(content.splitlines()) > 1


def test_searching_by_number_class_and_tag(run, unedited):
    def searched(words):
        return filtered_rows(run, "all", "", "", "index", words).tolist()

    record_edits(run, [Change("test", 7, "tag", "Blurred"), Change("test", 9, "note", "a cat in the grass")])
    assert searched("12") == [12]
    assert searched(" CAT ") == np.flatnonzero(run.test_labels == run.class_index("cat")).tolist()
    assert searched("blurred") == [7]
    assert searched("grass") == [9]
    assert searched("nothing of the kind") == []
    assert len(searched("")) == len(run.test_labels)


def test_the_address_of_a_table_keeps_a_name_with_a_percent_sign_whole():
    assert take_along._address("a", take_along.Tabled("", "edits", {"find": "50 % & more", "label": ""}), "csv") == (
        "/export/a/edits.csv?find=50+%25+%26+more"
    )
