"""Plant a bug: links that tell nothing, flags in them, the judging against slow twins, and pages that keep the secret."""

import itertools
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.corruption.hidden_noise import NOTICE
from explorer.game import old_links, planted_games
from explorer.game.game import BUGS, PICTURES, Game, pack_rows, planted_rows, reviewing_orders, unpack_rows
from explorer.game.planted_games import old_game, plant, planted_game
from explorer.game.score import chance, score
from tests.support import pages
from tests.support.addresses import places
from tests.support.homes import lead

# Every bug, in either kind of pictures.
GAMES = [
    Game(),
    Game("drawn", "mislabels", "dog", 2, 9_999),
    Game("drawn", "watermark", "cat", 50, 7),
    Game("photos", "mislabels", "cat", 10, 0),
    Game("photos", "watermark", "dog", 15, 123),
]
TELLING = re.compile(r"wild|watermark|mark on|patch|on purpose|noise|mislabel", re.IGNORECASE)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("game", GAMES)
def test_a_planted_game_comes_back_and_its_link_is_random(home, game):
    found, again = plant(game), plant(game)
    assert planted_game(found.token) == found
    assert found.game == game
    assert re.fullmatch(r"[\w-]{12}", found.token)
    assert len({found.token, found.key, found.run_name, found.plan, again.token, again.key, again.run_name}) == 7
    assert found.config.planted().revealed() == game.noise


@pytest.mark.parametrize("game", GAMES)
def test_whatever_names_a_game_is_random(home, game):
    found = plant(game)
    assert re.fullmatch(r"game-[0-9a-f]{8}", found.run_name)
    assert re.fullmatch(r"sealed:@[0-9a-f]{16}", found.plan)
    assert re.fullmatch(r"sealed-[0-9a-f]{8}", found.config.planted().slug())
    assert found.config.noise_seed == 0
    assert found.config.hashed() != plant(game).config.hashed()


def test_the_solution_code_is_the_only_one_that_opens(home):
    found = plant(Game())
    assert found.opens_with(found.key)
    assert not any(found.opens_with(key) for key in ("", None, found.token, found.key[:-1], "ä"))


def test_whoever_plants_shows_the_solution_and_hides_it_again(home):
    token = plant(Game()).token
    assert not planted_game(token).shown
    planted_games.show_solution(token)
    assert planted_game(token).shown
    planted_games.show_solution(token, shown=False)
    assert not planted_game(token).shown


def test_a_lost_secret_is_one_sentence(home):
    found = plant(Game())
    for path in (home / "sealed").iterdir():
        path.unlink()
    with pytest.raises(ExplorerError, match=r"is written in a file that is missing or damaged .* plant the bug again"):
        found.config.planted().rules()


@pytest.mark.parametrize("game", GAMES)
def test_links_of_older_versions_still_name_their_game(home, game):
    names = old_links.names(game)
    found = planted_game(names.code)
    assert found == old_game(game)
    assert (found.config.noise_seed, found.key, found.old) == (game.seed, names.key, True)
    assert found.config.planted().revealed() == game.noise


def test_an_old_link_has_the_words_that_older_versions_gave_it():
    # as version 0.1.0 wrote them
    names = old_links.names(Game())
    assert (names.code, names.key, names.run) == ("ZmUzYTAuMS4wLjgwLjA", "fcd017", "game-991e4f6b")


OLD = old_links.names(GAMES[0]).code


@pytest.mark.parametrize("token", ["x", "ä", OLD[:-2], "A" + OLD[1:], OLD * 2, "AAAA" * 9])
def test_a_link_that_is_cut_or_changed_is_refused(home, token):
    with pytest.raises(ExplorerError, match="link is cut or changed, or the bug was planted on another computer"):
        planted_game(token)
    assert not (home / "explorer.sqlite").exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pictures": "horses"}, "no pictures of a game 'horses'; choose one of: drawn, photos"),
        ({"bug": "virus"}, "no bug of a game 'virus'; choose one of: mislabels, wild, watermark"),
        ({"label": "fox"}, "no label of a game 'fox'; choose one of: cat, dog"),
        ({"label": "dog"}, "Wild cats can only be planted among the cats of the drawn animals"),
        ({"pictures": "photos"}, "Wild cats can only be planted among the cats of the drawn animals"),
        ({"share": 96}, "The share is 96 %; this bug takes 2 to 95 %"),
        ({"bug": "mislabels", "share": 51}, "The share is 51 %; this bug takes 2 to 50 %"),
        ({"seed": 10_000}, "The seed is 10000; it must be 0 to 9,999"),
    ],
)
def test_a_game_that_cannot_be_planted_is_refused(changes, sentence):
    with pytest.raises(ExplorerError, match=sentence):
        replace(Game(), **changes).validated()


@given(st.sets(st.integers(0, 999)))
def test_flags_come_back_from_the_address(rows):
    text = pack_rows(np.array(sorted(rows), dtype=int))
    assert re.fullmatch(r"[0-9a-z.]*", text)
    np.testing.assert_array_equal(unpack_rows(text, 1000), sorted(rows))


@pytest.mark.parametrize("text", ["-1", "1,2", "1..2", ".", "zzzzz", "1." * 9, "<b>"])
def test_flags_that_are_no_list_are_refused(text):
    with pytest.raises(ExplorerError, match=r"no list of pictures; take them out of it"):
        unpack_rows(text, 800)


@pytest.mark.parametrize("text", ["3.0", "0.0", "m8", "1.m7"])
def test_flags_that_name_no_picture_are_refused(text):
    with pytest.raises(
        ExplorerError, match="name a picture twice or one that is not there; the pictures go from 0 to 799"
    ):
        unpack_rows(text, 800)


# Nothing planted, all planted, nothing drawn, all drawn, and in between.
@pytest.mark.parametrize(
    ("n", "hidden", "drawn"), [(7, 3, 4), (8, 1, 2), (9, 5, 3), (6, 0, 3), (6, 6, 2), (5, 2, 0), (5, 2, 5)]
)
def test_chance_is_that_of_all_draws_counted_one_by_one(n, hidden, drawn):
    counts = np.array([sum(row < hidden for row in rows) for rows in itertools.combinations(range(n), drawn)])
    shares = np.array([(counts <= found).mean() for found in range(n + 1)])
    found = chance(n, hidden, drawn)
    np.testing.assert_allclose(found.expected, counts.mean())
    assert (found.low, found.high) == (np.argmax(shares >= 0.025 - 1e-12), np.argmax(shares >= 0.975 - 1e-12))


def test_a_hunt_is_judged():
    mask = np.isin(np.arange(10), [2, 3, 5, 7])
    found = score(np.array([1, 2, 7]), mask, {"backwards": np.arange(10)[::-1], "forwards": np.arange(10)})
    np.testing.assert_array_equal(found.found, [2, 7])
    np.testing.assert_array_equal(found.missed, [3, 5])
    np.testing.assert_array_equal(found.false, [1])
    assert (found.flagged, found.planted, found.orders) == (3, 4, {"backwards": 1, "forwards": 1})
    np.testing.assert_allclose([found.precision, found.chance.expected], [2 / 3, 3 * 4 / 10])
    assert score(np.array([], dtype=int), mask, {}).precision is None


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A home with a game's run in it, and the run; features of the drawn pictures are there already."""
    from explorer.runs.build.builder import build
    from explorer.runs.store import point

    before, here = Path(os.environ["EXPLORER_HOME"]), tmp_path_factory.mktemp("home")
    lead(here, before)
    (here / "weights").symlink_to(before / "weights")
    os.environ["EXPLORER_HOME"] = str(here)
    found = plant(Game(share=60, seed=5))
    run = build(found.config, found.run_name, lambda *_: None)
    point("default", run.id)
    yield run, found
    os.environ["EXPLORER_HOME"] = str(before)


@pytest.fixture
def shown(played):
    """The solution is shown to everybody while this test runs."""
    planted_games.show_solution(played[1].token)
    yield
    planted_games.show_solution(played[1].token, shown=False)


def test_what_was_planted_is_found_again_in_the_run(played):
    run, found = played
    rows, kinds = np.flatnonzero(planted_rows(run, found.game)), open_dataset("drawn-right").train.kinds
    assert len(rows) == round(0.6 * kinds.count("wild cat"))
    assert {kinds[row] for row in rows} == {"wild cat"}
    assert {run.class_names[run.train_labels[row]] for row in rows} == {"dog"}


def test_the_orders_are_those_of_loss_and_of_summed_influence(played):
    from explorer.runs.results.explanation import all_scores

    run, _ = played
    found, rows = reviewing_orders(run, None), np.arange(len(run.train_labels))
    losses = -np.log(run.head.train_probabilities[rows, run.train_labels])
    wrong = np.flatnonzero(run.predicted != run.test_labels)
    total = sum(all_scores(run, int(index), None) for index in wrong)
    assert len(wrong)
    assert np.all(np.diff(losses[found["loss"]]) <= 1e-9)
    assert np.all(np.diff(total[found["influence"]]) >= -1e-9)
    assert "queue" not in found


def opened(page, **state):
    app = pages.opened(page, **state)
    assert [error.value for error in app.exception] == []
    return app


def words_of(app):
    """What a page says of its own: its blocks without glossary and "About this page", and Streamlit's elements."""
    blocks = [
        block for element in app.get("bidi_component") for block in json.loads(element.proto.json).get("blocks", [])
    ]
    own = [item.value for kind in ("markdown", "caption") for item in getattr(app, kind)]
    own += [item.value.to_string() for item in app.table]
    return " ".join([json.dumps([block | {"about": None} for block in blocks], ensure_ascii=False), *own])


@pytest.mark.parametrize(
    ("page", "state"),
    [
        ("overview", {}),
        ("data", {}),
        ("explain", {"test": 3}),
        ("training_image", {"train": 3}),
        ("suspects", {"view": "cleaning"}),
    ],
)
def test_no_page_of_the_explorer_tells_what_was_planted(played, page, state):
    run, found = played
    app = opened(page, run=found.run_name, **state)
    said = words_of(app)
    assert [error.value for error in app.error] == []
    assert not TELLING.search(said)
    assert page == "suspects" or NOTICE in said or page == "data"
    assert run.truth is None


def pressed(app, label):
    next(button for button in app.button if button.label == label).click().run()
    assert [error.value for error in app.exception] == []


def everything(app):
    """All that a page sends to a browser, as one text."""
    components = [element.proto.json for element in app.get("bidi_component")]
    return " ".join([*(str(getattr(node, "proto", "")) for node in app.main), *components, words_of(app)])


def test_no_address_with_a_pupils_token_tells_what_was_planted(played):
    """Every page and view with the token in each place where one may try it, and with all that might open more."""
    run, found = played
    told = (
        found.game.solution(int(planted_rows(run, found.game).sum())),
        found.game.noise.plan,
        found.key,
        '"a wild cat"',
    )
    tries = {"run": found.run_name, "game": found.token, "planted": found.token, "done": 1, "flags": "1.2.3"}
    # of the lesson, the steps on a run; all others are figures in the plane
    for page, state in [(page, state) for page, state in places() if state.get("step") in (None, "1", "7")]:
        for left_out in ("planted", "game") if state.get("view") == "game" else ("run of another kind",):
            asked = {name: value for name, value in tries.items() if name != left_out} | state
            said = everything(opened(page, **asked))
            assert not [words for words in told if words in said], (page, asked)


def test_no_table_picture_or_command_of_the_run_tells_what_was_planted(played, printed):
    from explorer.app import picture_routes
    from explorer.runs.results import tables

    run, found = played
    row = int(np.flatnonzero(planted_rows(run, found.game))[0])
    told = [tables.predictions(run, side).rows for side in ("train", "test")] + [tables.edits_table(run).rows]
    told += [picture_routes.picture_facts(run.id, "train", row), run.dataset.notice, run.dataset.facts]
    words = [
        ["explain", "--run", found.run_name, "--test", "3", "--json"],
        ["edit", "list", "--run", found.run_name, "--json"],
    ]
    told += [printed(*each) for each in words]
    said = json.dumps(told, default=str)
    assert not TELLING.search(said.replace(NOTICE, ""))
    assert not [secret for secret in (found.key, found.token, found.game.noise.plan) if secret in said]


@pytest.mark.parametrize("key", ["", "1", "true", "guess", "None"])
def test_the_teachers_page_asks_for_the_solution_code(played, key):
    _, found = played
    state = {"view": "game", "planted": found.token} | ({"solution": key} if key else {})
    app = opened("learn", **state)
    assert [field.label for field in app.text_input] == ([] if key else ["Solution code"])
    assert ["not the solution code" in error.value for error in app.error] == ([True] if key else [])
    assert not app.selectbox  # the form would begin with what was planted
    assert not TELLING.search(words_of(app))


def test_who_types_the_solution_code_is_on_the_teachers_page(played):
    run, found = played
    app = opened("learn", view="game", planted=found.token)
    app.text_input[0].input(f" {found.key} ")
    app.button[0].click().run()
    assert found.game.solution(int(planted_rows(run, found.game).sum())) in words_of(app)
    pressed(app, "Show everybody the solution")
    assert planted_game(found.token).shown
    pressed(app, "Hide the solution again")
    assert not planted_game(found.token).shown


def test_handing_in_tells_nothing_before_the_solution_is_shown(played):
    run, found = played
    mask = planted_rows(run, found.game)
    some = {"planted": np.flatnonzero(mask)[:1], "innocent": np.flatnonzero(~mask)[:1]}
    state = {"view": "game", "game": found.token, "done": 1}
    said = [
        re.sub(r"\d+|data:[^\"]*", "", words_of(opened("learn", **state, flags=pack_rows(rows))))
        for rows in some.values()
    ]
    assert "Handed in." in said[0]
    assert not TELLING.search(said[0])
    labels = [run.class_names[run.train_labels[rows[0]]] for rows in some.values()]
    assert said[0].replace(labels[0], "?") == said[1].replace(labels[1], "?")


def test_the_hunt_tells_nothing_and_handing_in_tells_all_once_it_is_shown(played, shown):
    run, found = played
    mask = planted_rows(run, found.game)
    flags = np.sort(np.concatenate([np.flatnonzero(mask)[:3], np.flatnonzero(~mask)[:2]]))
    state = {"view": "game", "game": found.token, "flags": pack_rows(flags)}
    assert not TELLING.search(words_of(opened("learn", **state)))
    said = words_of(opened("learn", **state, done=1))
    assert f"You found 3 of {mask.sum()}" in said
    assert (
        f"You flagged 5 pictures: 3 found, {mask.sum() - 3} missed, 2 false alarms. 60\u00a0% of your flags are right."
        in said
    )
    assert found.game.solution(int(mask.sum())) in said
    assert f"{5 * mask.mean():.1f} of 5 on average" in said


def test_handing_in_without_a_flag_says_so(played, shown):
    _, found = played
    said = words_of(opened("learn", view="game", game=found.token, done=1))
    assert "You flagged no picture, so there is nothing to judge." in said
    assert "on average" not in said


def test_the_solution_needs_its_own_link(played):
    run, found = played
    shown = opened("learn", view="game", game=found.token, solution=found.key)
    assert f"Planted: {planted_rows(run, found.game).sum()}" in words_of(shown)
    refused = opened("learn", view="game", game=found.token, solution="1")
    assert ["This is not the solution code" in error.value for error in refused.error] == [True]
    assert not TELLING.search(words_of(refused))


def test_a_case_file_of_a_game_does_not_print_its_plan(played):
    from explorer.figures.case_file import rendering
    from explorer.runs.results.case_facts import case

    run, found = played
    facts_of = case(run, found.run_name, 3)
    facts = " ".join(f"{name} {value}" for name, value in rendering._facts(facts_of))
    commands = " ".join(line for _, line in facts_of.commands)
    assert "sealed:hidden" in facts
    assert "sealed:hidden" in commands
    assert found.plan not in f"{facts} {commands}"


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"game": "nonsense"}, "link is cut or changed"),
        ({"planted": "nonsense"}, "link is cut or changed"),
        ({"game": "TOKEN", "flags": "m8"}, "the pictures go from 0 to 799"),
        ({"game": "TOKEN", "test": "999"}, "no test image 999"),
        ({"game": OLD}, "This link is of an older version"),
    ],
)
def test_a_bad_address_is_one_sentence(played, state, sentence):
    state |= {"game": played[1].token} if state.get("game") == "TOKEN" else {}
    found = opened("learn", view="game", **state)
    assert [sentence in error.value for error in found.error] == [True]


def test_a_game_that_is_not_built_here_offers_to_be(played):
    found = opened("learn", view="game", game=plant(Game(seed=1)).token)
    assert [button.label for button in found.button] == ["Prepare the pictures"]
    assert not TELLING.search(words_of(found))


def test_who_presses_twice_waits_for_the_same_building(played, monkeypatch):
    from explorer.app.pages.learn.game import game_run as page
    from explorer.runs import jobs

    found, said = plant(Game(seed=3)), []
    monkeypatch.setattr(jobs, "jobs", lambda: [SimpleNamespace(kind="build", name=found.run_name, state="running")])
    monkeypatch.setattr(jobs, "start_build", lambda *asked: said.append(asked))
    monkeypatch.setattr(page.job_progress.st, "warning", said.append)
    page.start_build(found)
    assert said == []


def test_the_teacher_chooses_among_what_can_be_planted(played):
    app = opened("learn", view="game")
    assert [box.options for box in app.selectbox] == [
        [chosen.title for chosen in PICTURES.values()],
        list(BUGS.values()),
        ["cat"],
    ]
    assert app.number_input[0].value == 80
    app.selectbox[0].select("photos").run()
    assert [error.value for error in app.exception] == []
    assert app.selectbox[1].options == [BUGS["mislabels"], BUGS["watermark"]]
    assert app.selectbox[2].options == ["cat", "dog"]
