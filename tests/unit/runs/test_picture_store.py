"""Pictures of their own that people keep: each their own, whole or not there, removed when that is asked for."""

import pytest

from explorer.app import browser_identity
from explorer.core.errors import ExplorerError
from explorer.core.files import UNFINISHED
from explorer.datasets import open_dataset
from explorer.runs.edits import edit_scope
from explorer.runs.own_pictures import picture_store, picture_worker
from tests.support.own_pictures import TEST, dropped, look_here, opened, stored, words


@pytest.fixture(autouse=True)
def apart(tmp_path, view, monkeypatch):
    """Pictures are kept in a folder of each test, and looked at in this process."""
    look_here(view, monkeypatch)
    monkeypatch.setattr(
        picture_store, "folder", lambda: tmp_path / "pictures" / (edit_scope.owner() or picture_store.EVERYBODY)
    )
    (tmp_path / "pictures").mkdir()


def test_a_picture_is_kept_when_that_is_asked_for_and_its_address_shows_it_again(run):
    content = stored(run, "test", TEST)
    app = dropped(run, content, test=7)
    app = app.button(key="keep").click().run()
    name = picture_store.name_of(content)
    assert {**app.query_params} == {"picture": name, "test": "7"}
    assert picture_store.load(name) == content
    later = opened(picture=name)
    assert f"This is test image {TEST}, labelled" in words(later)
    assert "picture 1 that you kept" in words(opened(picture="own"))
    later = later.button(key="remove").click().run()
    assert picture_store.saved_thumbnails() == {}
    assert {**later.query_params} == {"picture": "own"}
    assert "Left out alone" not in words(later)


def test_nobody_elses_kept_picture_is_shown(run):
    with edit_scope.as_owner("a" * 16):
        name = picture_store.save(stored(run, "test", TEST), "data:,")
        assert list(picture_store.saved_thumbnails()) == [name]
    with edit_scope.as_owner("b" * 16):
        assert picture_store.saved_thumbnails() == {}
        with pytest.raises(ExplorerError, match="is not kept in this browser, or no more; drop its file here"):
            picture_store.load(name)
    app = opened(picture=name)
    assert "is not kept in this browser" in app.error[0].value
    assert len(app.file_uploader) == 1
    assert "Left out alone" not in words(app)


def spoilt(name):
    """Change a byte of a kept picture."""
    with (picture_store.folder() / name / picture_store.CONTENT).open("r+b") as stream:
        stream.write(b"x")


def test_a_damaged_kept_picture_is_one_sentence_and_can_be_removed(run):
    whole = picture_store.save(stored(run, "test", TEST + 1), "data:,")
    name = picture_store.save(stored(run, "test", TEST), "data:,")
    spoilt(name)
    app = opened(picture=whole)
    app.query_params["picture"] = name
    app = app.run()
    sentence = f"The kept picture {name} is damaged and not shown; drop its file again, and keep it again."
    assert [error.value for error in app.error] == [sentence]
    assert "Left out alone" not in words(app)
    assert len(app.file_uploader) == 1
    app = app.button(key="remove").click().run()
    assert list(picture_store.saved_thumbnails()) == [whole]
    assert len(app.error) == 0


def test_a_damaged_picture_that_is_kept_again_is_whole(run):
    content = stored(run, "test", TEST)
    name = picture_store.save(content, "data:,")
    before = (picture_store.folder() / name).stat().st_ino
    assert picture_store.save(content, "data:,") == name
    assert (picture_store.folder() / name).stat().st_ino == before  # what is whole is not written again
    spoilt(name)
    picture_store.save(content, "data:,")
    assert picture_store.load(name) == content


def test_what_was_said_of_one_picture_is_not_said_of_the_next(run):
    first, second = (picture_store.save(stored(run, "test", TEST + more), "data:,") for more in (0, 1))
    app = opened(picture=first)
    app = app.selectbox[0].set_value("cat").run()
    assert '"You say"' in words(app)
    app.query_params["picture"] = second
    assert '"You say"' not in words(app.run())


def test_a_picture_that_is_kept_already_can_be_removed_where_it_is_dropped_again(run):
    picture_store.save(stored(run, "test", TEST), "data:,")
    app = dropped(run, stored(run, "test", TEST))
    assert [button.key for button in app.button] == ["remove"]


def test_a_kept_picture_that_is_refused_is_looked_at_once(run, monkeypatch):
    looks = []

    def refuse(run, content, waiting):
        looks.append(content)
        raise ExplorerError("The network is gone.")

    monkeypatch.setattr(picture_worker, "prepare", lambda run: None)
    monkeypatch.setattr(picture_worker, "embed", refuse)
    app = opened(picture=picture_store.save(b"any", "data:,")).run().run()
    assert [error.value for error in app.error] == ["The network is gone."]
    assert len(looks) == 1


def test_the_reason_of_a_refusal_stands_also_after_a_kept_picture(run):
    app = opened(picture=picture_store.save(stored(run, "test", TEST), "data:,"))
    app = app.file_uploader[0].upload("b.png", b"<svg onload=alert(1)>").run()
    assert ["it is an SVG drawing" in error.value for error in app.error] == [True]


def test_a_browser_that_would_not_be_known_again_keeps_nothing(run, monkeypatch):
    monkeypatch.setattr(browser_identity, "is_remembered", lambda: False)
    button = dropped(run, stored(run, "test", TEST)).button(key="keep")
    assert button.disabled
    assert "refuses cookies" in button.help


def test_a_removal_that_was_killed_leaves_nothing(run, monkeypatch):
    name = picture_store.save(b"any", "data:,")
    monkeypatch.setattr(picture_store.shutil, "rmtree", lambda *_, **__: None)
    picture_store.remove(name)
    assert picture_store.saved_thumbnails() == {}
    assert [path.name for path in picture_store.folder().glob(".*")] == [f".{name}.{picture_store.GONE}"]
    assert UNFINISHED.fullmatch(f".{name}.{picture_store.GONE}")


def test_kept_pictures_are_no_data_set(run):
    picture_store.save(stored(run, "test", TEST), "data:,")
    with pytest.raises(ExplorerError):
        open_dataset(str(picture_store.folder().parent))


def test_no_more_pictures_are_kept_than_a_page_shows(run, monkeypatch):
    monkeypatch.setattr(picture_store, "MOST", 1)
    first = picture_store.save(b"one", "data:,")
    assert picture_store.save(b"one", "data:,") == first
    with pytest.raises(ExplorerError, match="1 pictures are kept already"):
        picture_store.save(b"two", "data:,")
    app = dropped(run, stored(run, "test", TEST)).button(key="keep").click().run()
    assert "remove it, then drop this picture again" in app.error[0].value
    assert "Left out alone" in words(app)


def test_a_name_is_no_path():
    picture_store.remove("../" + "a" * 13)
    picture_store.remove("..")
    assert picture_store.folder().parent.parent.is_dir()
