"""What the page does with a dropped file, without a browser: stored, used, forgotten by the server; or said why not."""

import shutil

import pytest

from explorer.datasets import open_dataset, uploads
from tests.support.hostile_data import GOOD, put, zipped
from tests.support.pages import opened


@pytest.fixture
def page(alone):
    yield opened("data")
    shutil.rmtree(uploads.folder(), ignore_errors=True)


def said(app):
    return [element.value for element in app.caption]


def path_of(app, field="dataset"):
    """The path that a field means, which shows the name of the file that was dropped."""
    shown, path = app.session_state[f"{field}-shown"]
    assert app.text_input(key=field).value == shown
    return path


def test_a_dropped_archive_becomes_the_data_set(page):
    app = page.file_uploader[0].upload("<b>pets</b>.zip", zipped(GOOD)).run()
    assert open_dataset(path_of(app)).class_names == ("cat", "doggy")
    assert app.text_input(key="dataset").value == "b>.zip"
    assert any(words.startswith(r"\<b\>pets\</b\>.zip (") and "is stored and used." in words for words in said(app))
    assert app.file_uploader[0].value is None


def test_what_cannot_be_stored_is_said_and_the_data_set_stays(page):
    app = page.file_uploader[0].upload("pets.zip", b"").run()
    assert any("The file is empty (0 bytes); send it again." in words for words in said(app))
    assert app.text_input(key="dataset").value == "drawn"


def test_a_list_asks_for_the_folder_of_its_pictures(page, tmp_path):
    root = put(tmp_path / "set", GOOD)
    lines = "".join(f"{name},{name.partition('/')[0]}\n" for name in GOOD)
    app = page.file_uploader[0].upload("list.csv", f"path,label\n{lines}".encode()).run()
    assert app.text_input(key="dataset").value == "drawn"
    field = next(field for field in app.text_input if field.label == "Folder of its pictures")
    app = field.set_value(str(root)).run()
    app = next(button for button in app.button if button.label == "Use this file").click().run()
    assert app.text_input(key="dataset").value == "list.csv"
    found = open_dataset(path_of(app))
    assert found.title == "list"
    assert len(found.train.labels) + len(found.test.labels) == len(GOOD)


def test_a_dropped_checkpoint_becomes_the_weights(page):
    app = page.file_uploader[1].upload("net.pth", b"numbers").run()
    path = path_of(app, "checkpoint")
    assert path.startswith(str(uploads.folder()))
    assert path.endswith(".pth")
