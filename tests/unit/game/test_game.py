"""Plant a bug: codes and flags in a link, the judging against slow twins, and pages that keep the secret."""

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
from explorer.game.game import BUGS, PICTURES, Game, decode, pack_rows, planted, reviewing_orders, unpack_rows
from explorer.game.score import chance, score
from tests.support import pages
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


@pytest.mark.parametrize("game", GAMES)
def test_a_code_is_the_game_and_tells_nothing_at_a_glance(game):
    assert decode(game.code) == game.validated()
    assert re.fullmatch(r"[\w-]{10,40}", game.code)
    shown = f"{game.code} {game.run_name} {game.config.noise} {game.config.planted().slug()}"
    assert not re.search(f"{game.bug}|{game.label}|{game.share}%|>", shown)


def test_games_have_runs_and_keys_of_their_own():
    assert len({game.run_name for game in GAMES}) == len({game.key for game in GAMES}) == len(GAMES)


@pytest.mark.parametrize("code", ["x", "ä", GAMES[0].code[:-2], "A" + GAMES[0].code[1:], GAMES[0].code * 2, "AAAA" * 9])
def test_a_code_that_is_cut_or_changed_is_refused(code):
    with pytest.raises(ExplorerError, match="link is cut or changed, so it cannot be opened; copy it again, whole"):
        decode(code)


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

    before, here, game = Path(os.environ["EXPLORER_HOME"]), tmp_path_factory.mktemp("home"), Game(share=60, seed=5)
    lead(here, before)
    (here / "weights").symlink_to(before / "weights")
    os.environ["EXPLORER_HOME"] = str(here)
    run = build(game.config, game.run_name, lambda *_: None)
    point("default", run.id)
    yield run, game
    os.environ["EXPLORER_HOME"] = str(before)


def test_what_was_planted_is_found_again_in_the_run(played):
    run, game = played
    rows, kinds = np.flatnonzero(planted(run, game)), open_dataset("drawn-right").train.kinds
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
    blocks = [block for element in app.get("bidi_component") for block in json.loads(element.proto.json)["blocks"]]
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
    run, game = played
    app = opened(page, run=game.run_name, **state)
    said = words_of(app)
    assert [error.value for error in app.error] == []
    assert not TELLING.search(said)
    assert page == "suspects" or NOTICE in said or page == "data"
    assert run.truth is None


def test_the_hunt_tells_nothing_and_handing_in_tells_all(played):
    run, game = played
    mask = planted(run, game)
    flags = np.sort(np.concatenate([np.flatnonzero(mask)[:3], np.flatnonzero(~mask)[:2]]))
    state = {"view": "game", "game": game.code, "flags": pack_rows(flags)}
    assert not TELLING.search(words_of(opened("learn", **state)))
    said = words_of(opened("learn", **state, done=1))
    assert f"You found 3 of {mask.sum()}" in said
    assert (
        f"You flagged 5 pictures: 3 found, {mask.sum() - 3} missed, 2 false alarms. 60% of your flags are right."
        in said
    )
    assert game.solution(int(mask.sum())) in said
    assert f"{5 * mask.mean():.1f} of 5 on average" in said


def test_handing_in_without_a_flag_says_so(played):
    _, game = played
    said = words_of(opened("learn", view="game", game=game.code, done=1))
    assert "You flagged no picture, so there is nothing to judge." in said
    assert "on average" not in said


def test_the_solution_needs_its_own_link(played):
    run, game = played
    shown = opened("learn", view="game", game=game.code, solution=game.key)
    assert f"Planted: {planted(run, game).sum()}" in words_of(shown)
    refused = opened("learn", view="game", game=game.code, solution="1")
    assert [error.value for error in refused.error] == [
        "This is not the link with the solution; copy it again, whole, from where the bug was planted."
    ]
    assert not TELLING.search(words_of(refused))


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"game": "nonsense"}, "link is cut or changed"),
        ({"planted": "nonsense"}, "link is cut or changed"),
        ({"game": Game(share=60, seed=5).code, "flags": "m8"}, "the pictures go from 0 to 799"),
        ({"game": Game(share=60, seed=5).code, "test": "999"}, "no test image 999"),
    ],
)
def test_a_bad_address_is_one_sentence(played, state, sentence):
    found = opened("learn", view="game", **state)
    assert [sentence in error.value for error in found.error] == [True]


def test_a_game_that_is_not_built_here_offers_to_be(played):
    found = opened("learn", view="game", game=Game(seed=1).code)
    assert [button.label for button in found.button] == ["Prepare the pictures"]
    assert not TELLING.search(words_of(found))


def test_who_presses_twice_waits_for_the_same_building(played, monkeypatch):
    from explorer.app.pages.learn.game import plant as page
    from explorer.runs import jobs

    game, said = Game(seed=3), []
    monkeypatch.setattr(jobs, "jobs", lambda: [SimpleNamespace(kind="build", name=game.run_name, state="running")])
    monkeypatch.setattr(jobs, "start_build", lambda *asked: said.append(asked))
    monkeypatch.setattr(page.job_progress.st, "warning", said.append)
    page.start_build(game)
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
