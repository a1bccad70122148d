"""Rooms: names, thirty pupils at once, what each found, files for gradebooks, and pages that mix nobody up."""

import csv
import io
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from explorer.app.pages.learn.room.class_figure import class_figure
from explorer.app.pages.learn.room.reach import command_for, reach
from explorer.app.pages.learn.room.share import qr_block
from explorer.core.errors import ExplorerError
from explorer.game import gradebook, rooms
from explorer.game.class_results import class_curve, class_order, judged
from explorer.game.game import Game, pack_rows, planted_rows
from explorer.game.planted_games import plant, show_solution
from explorer.game.score import chance
from tests.support import pages
from tests.support.homes import lead

LAN = ["192.168.0.7"]


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A room in an empty home."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    return rooms.open_room(plant(Game()).token)


def names_in(code):
    return [pupil.name for pupil in rooms.pupils(code)]


def test_a_game_has_one_room_with_a_code_that_can_be_read_aloud(code):
    token = rooms.game_in(f" {code.lower()} ")
    assert rooms.open_room(token) == rooms.room_of(token) == code
    assert len(code) == 4
    assert set(code) <= set(rooms.ALPHABET)
    assert rooms.open_room(plant(Game()).token) != code


@pytest.mark.parametrize("name", ["", " ", "=1+1", "+1", "-x", "@x", "a\x00b", "\u202eada", "x" * 41, "<b>"])
def test_a_name_that_a_table_or_an_eye_would_misread_is_refused(code, name):
    with pytest.raises(ExplorerError, match="begins with a letter or a digit and has 1 to 40 letters"):
        rooms.join(code, name)
    assert names_in(code) == []


@pytest.mark.parametrize("name", ["Ada", "ada", "ADA ", "\uff21da"])
def test_a_name_that_looks_like_one_in_the_room_is_taken(code, name):
    rooms.join(code, "Ada")
    with pytest.raises(ExplorerError, match=r"Somebody in this room is called .* already; choose another name"):
        rooms.join(code, name)


def test_names_are_kept_letter_by_letter(code):
    for name in ("Zoë  Ölmez", "O'Hara <b>", "李雷"):
        rooms.join(code, name)
    assert names_in(code) == ["Zoë Ölmez", "O'Hara <b>", "李雷"]


def test_thirty_pupils_join_flag_and_hand_in_at_once(code):
    def play(number):
        word = rooms.join(code, f"Pupil {number}")
        for step in range(5):
            rooms.keep_flags(rooms.pupil(code, word), pack_rows(np.arange(number, number + step + 1)))
        rooms.hand_in(rooms.pupil(code, word), pack_rows(np.array([number, number + 100])))
        return word

    with ThreadPoolExecutor(30) as several:
        words = list(several.map(play, range(30)))
    assert len(set(words)) == 30
    for number, word in enumerate(words):
        pupil = rooms.pupil(code, word)
        assert pupil.name == f"Pupil {number}"
        assert pupil.flags == pack_rows(np.array([number, number + 100]))
        assert pupil.handed is not None


def test_two_who_want_one_name_at_the_same_time_get_it_once(code):
    def wanted(_):
        try:
            return rooms.join(code, "Ada")
        except ExplorerError:
            return ""

    with ThreadPoolExecutor(8) as several:
        assert len([word for word in several.map(wanted, range(8)) if word]) == 1


def test_a_room_has_an_end(code, monkeypatch):
    monkeypatch.setattr(rooms, "MOST_PUPILS", 2)
    rooms.join(code, "a")
    rooms.join(code, "b")
    with pytest.raises(ExplorerError, match="The room is full"):
        rooms.join(code, "c")


def test_who_is_taken_out_may_come_again(code):
    word = rooms.join(code, "Ada")
    rooms.take_out(code, rooms.pupil(code, word).id)
    with pytest.raises(ExplorerError, match="join again under a name of your choice"):
        rooms.pupil(code, word)
    rooms.join(code, "Ada")


def test_a_database_from_before_there_were_rooms_opens_and_keeps_its_version(tmp_path, monkeypatch):
    from explorer.runs import jobs
    from explorer.runs.database import VERSION

    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    with pytest.raises(ExplorerError, match="There is no room 'ABCD' here"):
        rooms.game_in("ABCD")
    assert not (tmp_path / "explorer.sqlite").exists()
    rooms.open_room(plant(Game()).token)
    assert jobs.jobs() == []
    with sqlite3.connect(tmp_path / "explorer.sqlite") as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == VERSION
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def pupil(name, rows, handed=1.0):
    return rooms.Pupil(0, name, pack_rows(np.array(rows, dtype=int)), handed, 0.0)


MASK = np.isin(np.arange(20), [2, 3, 5, 7, 11])
CLASS = [pupil("Bo", [2, 3, 4]), pupil("ada@school.example", [3, 9, 10], None), pupil("Cy", [3, 2, 5, 7, 11, 1])]


def test_each_pupil_is_judged():
    found = judged([*CLASS, rooms.Pupil(0, "Odd", "zz", 1.0, 0.0)], MASK)
    assert [(each.flagged, each.found, each.false, each.points) for each in found] == [
        (3, 2, 1, 1),
        (3, 1, 2, 0),
        (6, 5, 1, 4),
        (0, 0, 0, 0),
    ]


def test_the_class_looks_first_at_what_most_flagged():
    together = class_order(CLASS, 20)
    np.testing.assert_array_equal(together, [3, 2, 1, 4, 5, 7, 9, 10, 11])
    curve = class_curve(together, {"loss": np.arange(20)}, MASK, 12)
    np.testing.assert_array_equal(curve.looks, np.arange(13))
    np.testing.assert_array_equal(curve.orders["class"], [0, 1, 2, 2, 2, 3, 4, 4, 4, 5])
    np.testing.assert_array_equal(curve.orders["loss"], [MASK[:k].sum() for k in range(13)])
    assert curve.chance[4] == chance(20, 5, 4)


def test_no_name_is_in_the_figure():
    curve = class_curve(class_order(CLASS, 20), {"loss": np.arange(20)}, MASK, 12)
    said = class_figure(curve, judged(CLASS, MASK)).to_json()
    assert not [each.name for each in CLASS if each.name in said]


def rows_of(text):
    return list(csv.reader(io.StringIO(text)))


def test_canvas_gets_its_own_columns_and_the_points_that_are_possible():
    assert rows_of(gradebook.canvas(judged(CLASS, MASK), 5)) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Plant a bug"],
        ["    Points Possible", "", "", "", "", "5"],
        ["ada@school.example", "", "", "ada@school.example", "", ""],
        ["Bo", "", "", "", "", "1"],
        ["Cy", "", "", "", "", "4"],
    ]


def test_moodle_gets_columns_that_name_pupil_and_grade():
    assert rows_of(gradebook.moodle(judged(CLASS, MASK), 5)) == [
        ["Full name", "Username", "Email address", "Plant a bug (of 5)", "Feedback"],
        ["ada@school.example", "ada@school.example", "ada@school.example", "", "Not handed in."],
        ["Bo", "Bo", "", "1", "2 found, 1 false alarm, 3 flagged."],
        ["Cy", "Cy", "", "4", "5 found, 1 false alarm, 6 flagged."],
    ]


@pytest.mark.parametrize(
    ("address", "allowed", "opened", "origin", "sentence"),
    [
        ("127.0.0.1", ["localhost"], "http://127.0.0.1:8501/learn", "", "opens on this computer only"),
        (
            "0.0.0.0",
            ["192.168.0.7"],
            "http://localhost:8501",
            "http://192.168.0.7:8501",
            "Machines in the same network",
        ),
        ("0.0.0.0", ["localhost"], "", "", "it refuses browsers that call it 192.168.0.7"),
        ("10.0.0.3", ["*"], "", "http://10.0.0.3:8501", "unless a firewall"),
        (
            "127.0.0.1",
            ["*"],
            "https://explorer.example/learn",
            "https://explorer.example",
            "You opened this page at explorer.example",
        ),
    ],
)
def test_the_page_says_whether_other_machines_reach_it(address, allowed, opened, origin, sentence):
    found = reach(address, 8501, allowed, LAN, opened)
    assert found.origin == origin
    assert sentence in found.sentence
    assert bool(found.command) == (not origin)


def test_without_a_network_nobody_reaches_it():
    assert "no address in a network" in reach("0.0.0.0", 8501, ["*"], []).sentence


def test_the_command_is_one_that_the_program_takes(monkeypatch):
    import shlex

    from explorer.cli import app

    words = shlex.split(command_for("192.168.0.7", 8502))
    settings = dict(word.split("=", 1) for word in words[:2])
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert settings.keys() == {app.ELSEWHERE, app.CALLED}
    assert app.listening_address() == "0.0.0.0"
    assert words[2:] == ["python", "-m", "explorer", "app", "--port", "8502"]
    assert reach("0.0.0.0", 8502, settings[app.CALLED].split(), LAN).origin == "http://192.168.0.7:8502"


def test_a_qr_code_has_its_finders():
    block = qr_block("http://192.168.0.7:8501/learn?view=game&room=ABCD")
    dark = {tuple(map(int, place.split("h")[0].split())) for place in block["path"].split("M")[1:]}
    last = block["size"] - 1
    for x, y in ((0, 0), (last, 0), (0, last)):
        assert (x, y) in dark
    assert (last, last) not in dark or block["size"] < 21
    assert 0.3 < len(dark) / block["size"] ** 2 < 0.7


@pytest.fixture(scope="module")
def taught(run, tmp_path_factory):
    """A home in which a small game is built already, its room, and which pictures were planted."""
    from pathlib import Path

    from explorer.runs.build.builder import build
    from explorer.runs.store import point

    with pytest.MonkeyPatch.context() as patch:
        here, before = tmp_path_factory.mktemp("home"), run.folder.parents[1]
        lead(here, Path(before))
        (here / "weights").symlink_to(before / "weights")
        patch.setenv("EXPLORER_HOME", str(here))
        planted = plant(Game(share=60, seed=5))
        built = build(planted.config, planted.run_name, lambda *_: None)
        point("default", built.id)
        yield planted, rooms.open_room(planted.token), planted_rows(built, planted.game)


def opened(**state):
    app = pages.opened("learn", view="game", **state)
    assert [error.value for error in app.exception] == []
    return app


def said(app):
    components = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return " ".join(json.dumps(each.get("blocks", []), ensure_ascii=False) for each in components)


def pressed(app, label):
    next(button for button in app.button if button.label == label).click().run()
    assert [error.value for error in app.exception] == []


def test_a_pupil_joins_hunts_hands_in_and_sees_the_score_once_it_is_shown(taught):
    planted, code, mask = taught
    app = opened(room=code.lower())
    app.text_input[0].input("Ada <b>")
    pressed(app, "Join")
    word = "".join(app.query_params["me"])
    assert f"Room {code}. You are Ada <b>." in said(app)
    assert planted.token not in said(app)
    rows = pack_rows(np.flatnonzero(mask)[:2])
    opened(room=code, me=word, flags=rows)
    assert [(pupil.flags, pupil.handed) for pupil in rooms.pupils(code)] == [(rows, None)]
    assert "Handed in." in said(opened(room=code, me=word, flags=rows, done=1))
    handed = rooms.pupil(code, word)
    assert handed.handed is not None
    teacher = said(opened(planted=planted.token, solution=planted.key))
    assert "1 of 1 have handed in" in teacher
    assert '"name": "Ada <b>"' in teacher
    assert '"flagged": 2, "found": 2, "false": 0' in teacher
    show_solution(planted.token)
    assert f"You found 2 of {mask.sum()}" in said(opened(room=code, me=word, flags=rows, done=1))
    opened(room=code, me=word, flags="1.1.1.1", done=1)
    assert rooms.pupil(code, word) == handed
    show_solution(planted.token, shown=False)
    rooms.take_out(code, handed.id)


def test_a_taken_name_gets_a_sentence_and_the_form_stays(taught):
    _, code, _ = taught
    rooms.join(code, "Bo")
    app = opened(room=code)
    app.text_input[0].input("bo")
    pressed(app, "Join")
    assert ["is called 'bo' already" in error.value for error in app.error] == [True]
    assert [field.label for field in app.text_input] == ["Your name"]


def test_the_wall_and_the_joining_page_tell_nothing_of_the_game(taught):
    planted, code, _ = taught
    for state in ({"wall": 1}, {}):
        words = said(opened(room=code, **state))
        assert code in words
        assert not [secret for secret in (planted.token, planted.key, planted.run_name, "wild") if secret in words]


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"room": "0000"}, "There is no room '0000' here"),
        ({"room": "CODE", "me": "x"}, "Nobody in this room has this link"),
    ],
)
def test_a_wrong_room_or_seat_is_one_sentence(taught, state, sentence):
    state |= {"room": taught[1]} if state["room"] == "CODE" else {}
    assert [sentence in error.value for error in opened(**state).error] == [True]


def test_the_teacher_reads_that_this_server_is_not_reached(taught):
    planted, code, _ = taught
    app = opened(planted=planted.token, solution=planted.key)
    assert f"Your class: room {code}" in said(app)
    assert "opens on this computer only: the server listens on 127.0.0.1" in said(app)
    assert "STREAMLIT_SERVER_ADDRESS=0.0.0.0" in said(app)
