"""A picture of one's own from the command line, through a process of its own, and on Explain without a browser."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from explorer.core.errors import ExplorerError
from explorer.runs.own_pictures import external_image, picture_worker
from tests.support.own_pictures import TEST, dropped, look_here, opened, stored, words

# In a process of its own


def files(folder):
    """Every file below a folder with the time of its last change."""
    return {
        path: os.lstat(path).st_mtime_ns for path in folder.rglob("*") if path.is_file() and "sqlite" not in path.name
    }


def test_another_process_sees_the_same_and_leaves_no_file(run, seen, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    home, told = run.folder.parents[1], []
    before = files(home)
    picture_worker.prepare(run)
    waiting = next(iter(picture_worker._spare.values()))
    found = picture_worker.embed(run, stored(run, "test", TEST), told.append)
    np.testing.assert_allclose(found.features, seen.features, rtol=0, atol=1e-3 * np.abs(seen.features).max())
    assert found.pixels == seen.pixels
    assert told == sorted(told)
    assert told, "nothing moved on the page"
    assert waiting.poll() == 0, "the process that waited did not look, or did not leave"
    assert list(tmp_path.iterdir()) == []
    assert files(home) == before


def ending(monkeypatch, code):
    """Let the process that looks be this program."""
    known = subprocess.Popen
    monkeypatch.setattr(picture_worker, "_spare", {})
    monkeypatch.setattr(
        picture_worker.subprocess, "Popen", lambda words, **pipes: known([sys.executable, "-c", code], **pipes)
    )


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import os; os.kill(os.getpid(), 9)", r"died \(status -9\); perhaps memory ran out"),
        (
            "import sys; print('Warning', file=sys.stderr); print('Error: It is blue.', file=sys.stderr); sys.exit(2)",
            "^It is blue",
        ),
        ("raise ValueError('/home/secret')", r"^The process that looked at this picture died \(status 1\)"),
    ],
    ids=["killed", "refused", "broken"],
)
def test_a_process_that_dies_is_one_sentence(run, monkeypatch, code, sentence):
    ending(monkeypatch, code)
    with pytest.raises(ExplorerError, match=sentence) as said:
        picture_worker.embed(run, b"x")
    assert "secret" not in str(said.value)


def test_a_picture_that_keeps_the_process_busy_is_stopped(run, monkeypatch):
    ending(monkeypatch, "import signal; signal.pause()")
    monkeypatch.setattr(picture_worker, "MOST_SECONDS", 0.3)
    with pytest.raises(ExplorerError, match="was stopped; try again, or a smaller picture"):
        picture_worker.embed(run, b"x")


def test_a_person_who_leaves_ends_the_process(run, monkeypatch):
    begun = []
    ending(monkeypatch, "import signal; signal.pause()")
    inner = picture_worker._started
    monkeypatch.setattr(picture_worker, "_started", lambda key: begun.append(inner(key)) or begun[0])

    def leave(seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        picture_worker.embed(run, b"x", leave)
    assert begun[0].returncode == -9
    assert picture_worker._places._value == picture_worker.AT_ONCE


# The command


def test_the_command_gives_the_object_of_explain(run, printed, explorer, tmp_path):
    path = tmp_path / "a <b> ü.png"
    path.write_bytes(stored(run, "test", TEST))
    found = json.loads(
        printed("explain", "--run", "default", "--picture", path, "--class", "dog", "--top", 5, "--json")
    )
    expected = json.loads(
        printed("explain", "--run", "default", "--test", TEST, "--target-class", "dog", "--top", 5, "--json")
    )
    assert {"side": "test", "index": TEST} in found["picture"]["same_as"]
    assert found["picture"]["path"] == str(path)
    assert found["method"] == expected["method"]
    shared = {"predicted", "target_class", "probabilities", "loss"}
    assert found["picture"].keys() == shared | {"path", "same_as"}
    assert found["picture"]["loss"] == pytest.approx(expected["test"]["loss"], rel=1e-4)
    for side in ("helpful", "harmful"):
        assert [entry["train_index"] for entry in found[side]] == [entry["train_index"] for entry in expected[side]]
        assert [entry.keys() for entry in found[side]] == [entry.keys() for entry in expected[side]]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--picture", "no/such.png"], "The picture no/such.png cannot be read: No such file or directory"),
        (["--picture", "tests"], "The picture tests cannot be read: Is a directory"),
        (["--picture", "pyproject.toml"], "This picture cannot be used: its content is of no known format"),
        (["--picture", "x.png", "--test", "3"], "or --picture PATH"),
    ],
    ids=["missing", "a folder", "a text", "two images"],
)
def test_the_command_refuses_in_one_sentence(explorer, words, sentence):
    result = explorer("explain", "--run", "default", "--json", *words)
    assert result.returncode == 2
    assert sentence in result.stderr
    assert result.stdout == ""


# The page, without a browser


@pytest.fixture
def near(view, monkeypatch):
    look_here(view, monkeypatch)


def test_a_dropped_picture_is_explained_as_the_test_image_that_it_is(run, seen, near):
    app = dropped(run, stored(run, "test", TEST), test=7)
    assert [error.value for error in app.exception] == []
    said, found = words(app), external_image.explain_external(run, seen)
    assert f"This is test image {TEST}, labelled" in said
    assert f"training image {found.helpful[0].train_index}" in said
    assert "Back to test image 7" in said
    assert {**app.query_params} == {"picture": "own", "test": "7"}


def test_a_person_may_say_what_a_picture_really_shows(run, near):
    app = dropped(run, stored(run, "test", TEST))
    other = run.class_names[1 - run.predicted[TEST]]
    app = app.selectbox[0].set_value(other).run()
    assert f"argue for {other} (right)" in words(app)
    assert '"You say"' in words(app)


def test_a_picture_is_forgotten_when_that_is_asked_for(run, near):
    app = dropped(run, stored(run, "test", TEST))
    assert "visitor" in app.session_state
    app = app.button(key="forget").click().run()
    assert "visitor" not in app.session_state
    assert "Left out alone" not in words(app)


def test_another_run_looks_at_the_same_picture_again(run, near):
    app = dropped(run, stored(run, "test", TEST))
    app.session_state["visitor"] = replace(app.session_state["visitor"], run="another")
    app = app.run()
    assert app.session_state["visitor"].run == run.id
    assert f"This is test image {TEST}, labelled" in words(app)


def test_a_refused_picture_is_one_sentence_and_the_field_stays(run, near):
    app = dropped(run, b"<svg onload=alert(1)>")
    assert [error.value for error in app.error] == [
        "This picture cannot be used: it is an SVG drawing; save it as PNG."
    ]
    assert len(app.file_uploader) == 1
    app = app.file_uploader[0].upload("b.png", stored(run, "test", TEST)).run()
    assert len(app.error) == 0
    assert "Left out alone" in words(app)


def test_a_method_that_cannot_judge_a_visitor_says_so_beside_its_menu(run, near, monkeypatch):
    def refuse(*_):
        raise ExplorerError(
            "tracin needs what each saved epoch made of the image; choose newton for one from elsewhere."
        )

    monkeypatch.setattr(external_image, "explain_external", refuse)
    app = dropped(run, stored(run, "test", TEST), method="tracin")
    assert "choose newton" in app.error[0].value
    assert "How the score is computed" in words(app)


def test_the_address_knows_the_place_but_not_the_picture():
    assert "choose one of: test, own" in opened(picture="x").error[0].value
