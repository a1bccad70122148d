"""Explain of many classes: first an estimate without figures, then the exact answer in its place, which is the one that is kept."""

import json

import numpy as np
import pytest

from explorer.app import backend
from explorer.app.pages.explain import first_answer
from explorer.runs.results.explanation import explain, first_estimate
from explorer.runs.store import load_run
from tests.support.pages import opened, sides

METHOD = "influence-cg"


@pytest.fixture
def many(run, monkeypatch):
    """The run of all tests, opened as one that has no factor and whose solve takes longer than a click."""
    monkeypatch.setattr("explorer.attribution.curvature.DENSE_LIMIT", 10)
    monkeypatch.setattr("explorer.attribution.class_rows.PROMPT_PRODUCTS", 0)
    fresh = load_run(run.id)
    monkeypatch.setattr(backend, "warm_run", lambda run_id: fresh)
    backend._explanations.cache_clear()
    yield fresh
    backend._explanations.cache_clear()


def test_an_estimate_has_the_order_of_its_scores_and_says_no_probability(many):
    exact, first = explain(many, 3, METHOD), first_estimate(many, 3, METHOD, 24)
    assert (first.index, first.label, first.target, first.unit, first.exact) == (
        3,
        exact.label,
        exact.target,
        "",
        False,
    )
    assert [entry.train_index for entry in first.harmful] == np.argsort(first.scores, kind="stable")[:24].tolist()
    assert {entry.probability_without for entry in (*first.helpful, *first.harmful)} == {None}
    shared = {entry.train_index for entry in first.helpful} & {entry.train_index for entry in exact.helpful}
    assert len(shared) > 12


def test_what_is_quick_or_has_a_factor_is_not_estimated(many, monkeypatch):
    assert first_estimate(many, 3, "similarity", 24) is None
    monkeypatch.setattr("explorer.attribution.class_rows.PROMPT_PRODUCTS", 10**12)
    assert first_estimate(many, 3, METHOD, 24) is None


def test_the_page_shows_an_estimate_without_figures_and_then_the_exact_answer(many, monkeypatch):
    drawn, told, real, tell = [], [], first_answer.draw, backend.explain_telling
    monkeypatch.setattr(first_answer, "draw", lambda key, *blocks: (drawn.extend(blocks), real(key, *blocks)))

    def telling(*asked):
        *question, progress = asked
        return tell(*question, lambda *share: (told.append(share[1] / share[2]), progress(*share)))

    monkeypatch.setattr(backend, "explain_telling", telling)
    app = opened("explain", test=3, method=METHOD)
    assert not app.exception
    assert first_answer.FIRST in json.dumps(drawn)
    estimate = [tile for block in drawn for section in block.get("sections", [])[1:] for tile in section["tiles"]]
    assert len(estimate) == 48
    assert not any(digit.isdigit() for tile in estimate for line in tile["lines"] for digit in line)
    assert all(not tile["bar"] and "score" not in tile["alt"] for tile in estimate)
    assert told == sorted(told)
    assert told[-1] >= 1
    said = "".join(element.proto.json for element in app.get("bidi_component"))
    assert first_answer.FIRST not in said
    assert first_answer.WAITS not in said
    # what stands there from the first estimate on stays where it is: the same blocks, each picture with as many lines
    [shown] = [
        json.loads(each.proto.json)["blocks"] for each in app.get("bidi_component") if "Score by" in each.proto.json
    ]
    assert [block["kind"] for block in drawn[: len(shown)]] == [block["kind"] for block in shown]
    assert drawn[1] == shown[1]
    assert {len(tile["lines"]) for tile in estimate} == {len(tile["lines"]) for tile in sides(app)[0]} == {3}
    expected = explain(many, 3, METHOD)
    assert [tile["id"] for tile in sides(app)[0]] == [str(entry.train_index) for entry in expected.helpful]


def test_the_exact_answer_is_kept_and_no_estimate_is_made_again(many):
    found = backend.explain_telling(many.id, 4, METHOD, 24, None, lambda *_: None)
    assert backend.first_estimate(many.id, 4, METHOD, 24) is None
    assert backend.explain(many.id, 4, METHOD, 24, None) is found


def test_a_page_that_is_left_ends_the_solve_and_the_next_one_begins_anew(many):
    def leave(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backend.explain_telling(many.id, 5, METHOD, 24, None, leave)
    assert backend.explain(many.id, 5, METHOD, 24, None).residual < 1e-2
