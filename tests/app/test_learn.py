"""Learn in a classroom: presentation, questions, notes, worksheet, what is prepared; the glossary's ways; one colour for a class."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from explorer.app.components.glossary_terms.glossary_terms import terms
from explorer.app.components.loader import APP
from explorer.app.pages.learn.glossary_places import glossary_places
from explorer.app.pages.learn.lesson.steps import STEPS, TEXTS
from explorer.app.pages.learn.teaching import prepare
from explorer.app.pages.learn.teaching.notes import sheet_block
from explorer.app.pages.learn.teaching.questions import plans
from explorer.runs import jobs
from tests.support.addresses import PAGES
from tests.support.pages import opened


def test_most_words_of_the_glossary_lead_to_where_they_are_shown():
    places, names = glossary_places(), {term.name for term in terms()}
    assert places.keys() <= names
    assert len(places) > 0.8 * len(names)


def test_the_ways_of_the_glossary_open():
    for href in {href for _, href in glossary_places().values()}:
        parts = urlsplit(href)
        assert parts.path[1:] in PAGES
        state = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if "learn" in parts.path:
            app = opened("learn", **state)
            assert [error.value for error in (*app.exception, *app.error)] == []


def test_a_class_has_one_colour_in_the_lesson_and_on_the_map():
    palette = (APP / "components/scatter/palette.js").read_text()
    plane = (APP / "pages/learn/lesson/plane/plane.css").read_text()
    on_map = re.findall("#[0-9a-f]{6}", re.search(r"CLASS_COLOURS = \[(.+)\]", palette)[1])[:2]
    assert [re.search(rf"--{name}: .*?(#[0-9a-f]{{6}})", plane)[1] for name in ("cat", "dog")] == on_map


def blocks_of(app):
    assert [error.value for error in (*app.exception, *app.error)] == []
    return [
        block for element in app.get("bidi_component") for block in json.loads(element.proto.json).get("blocks", [])
    ]


def test_every_step_has_three_questions_with_an_answer_notes_and_minutes():
    tasks = (APP / "pages/learn/lesson/plane/tasks.js").read_text()
    assert plans().keys() == STEPS.keys()
    assert sum(plan.minutes for plan in plans().values()) == 60
    for step, plan in plans().items():
        assert (TEXTS / f"notes{step}.md").read_text().strip()
        assert len(plan.questions) == 3
        for question in plan.questions:
            assert question["ask"]
            assert question["why"]
            assert (question["task"] == "") == (0 <= question["right"] < len(question["choices"]))
            assert not question["task"] or f"  {question['task']}: " in tasks
    assert [step for step, plan in plans().items() if any(each["task"] for each in plan.questions)] == [2, 3, 4, 5, 6]


def test_the_worksheet_has_the_questions_and_no_answer():
    sheet = sheet_block()
    asked = [question for part in sheet["parts"] for question in part["questions"]]
    assert len(asked) == 24
    assert {(question["right"], question["why"]) for question in asked} == {(-1, "")}
    assert [block["kind"] for block in blocks_of(opened("learn", view="teach", sheet=1))][-1] == "sheet"


@pytest.mark.parametrize("step", [2, 6])
def test_a_presented_step_has_one_head_and_the_ways_on(step):
    blocks = blocks_of(opened("learn", step=step, present=1))
    kinds = [block["kind"] for block in blocks]
    assert kinds.count("present") == kinds.count("quiz") == 1
    assert not {"head", "tabs", "steps", "onward"} & set(kinds)
    head = blocks[kinds.index("present")]
    assert (head["title"], head["number"], head["count"]) == (f"{step}. {STEPS[step][1]}", step, 8)
    for way, to in (("before", step - 1), ("after", step + 1)):
        assert parse_qs(urlsplit(head[way]).query) == {"step": [str(to)], "present": ["1"]}
    assert "present" not in head["leave"]
    assert blocks[kinds.index("quiz")]["step"] == step


def test_every_step_of_the_lesson_offers_the_presentation_and_its_questions():
    blocks = blocks_of(opened("learn", step=4))
    kinds = {block["kind"]: block for block in blocks}
    assert kinds["steps"]["present"] == "/learn?step=4&present=1"
    assert len(kinds["quiz"]["questions"]) == 3


def test_the_lesson_is_prepared_by_one_press_in_the_order_of_its_needs(monkeypatch):
    begun = []
    monkeypatch.setattr(jobs, "start", lambda kind, name, argv, background=False: begun.append(argv))
    app = opened("learn", view="teach")
    table = next(block for block in blocks_of(app) if block["kind"] == "table")
    assert {row[2] for row in table["rows"]} == {"○ not yet"}
    next(button for button in app.button if button.label == "Prepare this lesson").click().run()
    assert [argv[:3] for argv in begun[:2]] == [["build", "--run", "article"], ["repair", "--run", "article"]]
    assert [argv[0] for argv in begun[2:]] == ["experiment"] * 5


def test_what_is_ready_or_under_way_is_not_made_again(monkeypatch):
    ready, waits, missing = (
        prepare.Preparation(name, 1, name == "ready", (name, "run")) for name in ("ready", "waits", "missing")
    )
    begun = []
    monkeypatch.setattr(prepare, "preparations", lambda: [ready, waits, missing])
    monkeypatch.setattr(prepare, "_job", lambda each: object() if each is waits else None)
    monkeypatch.setattr(jobs, "start", lambda kind, name, argv: begun.append(argv))
    prepare._prepare()
    assert begun == [["missing", "--run", "run"]]
