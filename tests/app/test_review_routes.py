"""The review as a download, in each form: what a browser gets is what the command writes."""

import json

import pytest

from explorer.app import review_routes
from explorer.app.components.take_along.take_along import REVIEWS, REVIEWS_GO
from explorer.runs.results.audit import audit_run
from explorer.runs.review.forms import FORMS
from tests.support.pages import opened
from tests.support.routes import answered


def got(path, **state):
    return answered(review_routes.ROUTES, f"review/{path}", **state)


@pytest.mark.parametrize("form", list(FORMS))
def test_a_download_is_what_the_command_writes(printed, tmp_path, form):
    path = tmp_path / f"review{FORMS[form][0]}"
    printed("export", "--run", "default", "--what", "review", "--form", form, "--output", path)
    status, headers, content = got(f"default/{form}")
    assert (status, content) == (200, path.read_bytes())
    name = f"default-review-{form}{FORMS[form][0]}"
    assert headers["content-disposition"].startswith(f'attachment; filename="{name}"')


def test_every_form_is_offered_beside_the_queue_and_the_decisions(run):
    assert list(REVIEWS) == list(FORMS)
    audit_run(run, "even")
    for page, state in (("suspects", {"trusted": "even"}), ("retrain", {})):
        shown = blocks(opened(page, **state))
        tables = [each for block in shown if block["kind"] == "take" for each in block["tables"]]
        links = [link for each in tables for link in each["links"]]
        assert {"label": "Label Studio", "href": "/review/default/label-studio"} in links
        assert len([link for link in links if link["href"].startswith("/review/")]) == len(FORMS)
        assert REVIEWS_GO in [block["text"] for block in shown if block["kind"] == "text"]


def blocks(app):
    return [
        block for element in app.get("bidi_component") for block in json.loads(element.proto.json).get("blocks", [])
    ]


def test_what_cannot_be_had_is_said(monkeypatch):
    assert "There is no form 'xml'; choose one of: csv, label-studio" in got("default/xml")[2].decode()
    assert "There is no run 'nobody'" in got("nobody/csv")[2].decode()
    monkeypatch.setattr(review_routes, "MOST_BYTES", 1000)
    status, _, said = got("default/huggingface")
    assert status == 404
    assert b"too much for a browser; write the file by: python -m explorer export --run default --what review" in said
    assert got("default/csv")[0] == 200
