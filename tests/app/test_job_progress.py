"""Where a finished job leads."""

import json
from urllib.parse import parse_qsl

import pytest

from explorer.runs import jobs
from explorer.runs.jobs import Job
from tests.support.pages import opened


def open_links(app):
    """The labels of the tabs, steps and menu options that are open on a page."""
    blocks = [block for element in app.get("bidi_component") for block in json.loads(element.proto.json)["blocks"]]
    for block in blocks:
        entries = block.get("tabs", []) + block.get("steps", [])
        yield from (entry["label"] for entry in entries if entry["open"])
        yield from (menu["options"][menu["value"]] for menu in block.get("menus", []))


@pytest.mark.parametrize(
    ("kind", "page", "label"),
    [
        ("audit", "suspects", "Review queue"),
        ("cleaning", "suspects", "What cleaning is worth"),
        ("groups", "suspects", "Groups"),
        ("duplicates", "suspects", "Duplicates"),
        ("map", "map", "t-SNE: alike lies together"),
        ("repair", "learn", "Repair"),
        ("experiment", "learn", "The papers' experiments"),
    ],
)
def test_a_finished_job_leads_to_where_its_result_stands(kind, page, label, run, monkeypatch):
    done = Job("1", kind, "default", "done", "Done", 1.0, 1.0, [], "", 0.0, 1.0)
    monkeypatch.setattr(jobs, "jobs", lambda: [done])
    (link,) = [link.proto for link in opened("data").get("page_link") if link.proto.label == "Open it"]
    state = dict(parse_qsl(link.query_string))
    assert (link.page, state["run"]) == (page, "default")
    monkeypatch.setattr(jobs, "jobs", list)
    assert label in list(open_links(opened(page, **state)))
