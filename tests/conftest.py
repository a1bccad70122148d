"""One run on drawn pictures for all tests, the command line, and homes that hold no edits."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.chromium import watched
from tests.support.hostile_data import GOOD, put
from tests.support.own_pictures import TEST, stored

ROOT = Path(__file__).parents[1]
os.environ.setdefault("EXPLORER_HOME", str(ROOT / ".cache/tests"))


def pytest_configure():
    if not (Path(os.environ["EXPLORER_HOME"]) / "runs/names/default").is_file():
        command = ["build", "--dataset", "drawn", "--run", "default"]
        subprocess.run([sys.executable, "-m", "explorer", *command], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def run():
    from explorer.runs.store import open_run

    return open_run("default")


@pytest.fixture(scope="session")
def view(run):
    """What the run does to a picture before its head."""
    from explorer.runs.network_view import view_of

    return view_of(run)


@pytest.fixture(scope="session")
def seen(run, view):
    """A test image of the run as a picture that a person brings."""
    from explorer.runs.own_pictures import external_image

    return external_image.see(view, stored(run, "test", TEST), external_image.beside(run))


@pytest.fixture
def explorer():
    """The command line, in a process of its own."""

    def call(*words, home=None):
        environment = os.environ | ({"EXPLORER_HOME": str(home)} if home else {})
        command = [sys.executable, "-m", "explorer", *map(str, words)]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    return call


@pytest.fixture
def printed(explorer):
    """What a command that must succeed prints; where it fails, the test shows what it said instead."""

    def call(*words, home=None):
        result = explorer(*words, home=home)
        assert result.returncode == 0, result.stderr
        return result.stdout

    return call


@pytest.fixture
def good_folder(tmp_path, monkeypatch):
    """Good pictures in a folder, beside an empty home."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("EXPLORER_LINKS", raising=False)
    return put(tmp_path / "set", GOOD)


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    path = os.environ.get("EXPLORER_CHROMIUM") or None
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A watched page."""
    with watched(browser) as page:
        yield page


@pytest.fixture(scope="module")
def alone(run, tmp_path_factory):
    """A home of its own for this module's server: the run of all tests, and no edits."""
    before, here = Path(os.environ["EXPLORER_HOME"]), tmp_path_factory.mktemp("home")
    (here / "runs/names").mkdir(parents=True)
    shutil.copytree(run.folder, here / "runs" / run.id)
    (here / "runs/names/default").write_text(run.id)
    (here / "data").symlink_to(before / "data")
    os.environ["EXPLORER_HOME"] = str(here)
    yield here
    os.environ["EXPLORER_HOME"] = str(before)


@pytest.fixture(scope="module")
def story(run, alone):
    """The article's story on drawn pictures, in a home of this module's own."""
    from explorer.lesson.scenarios import ARTICLE
    from explorer.runs.build.builder import build
    from explorer.runs.build.request import Config

    (alone / "weights").symlink_to(run.folder.parents[1] / "weights")
    return build(ARTICLE.config(Config("drawn", l2=0.1)), ARTICLE.name, lambda *_: None)


@pytest.fixture
def unedited(run):
    """Takes back what a test edited, so that the next one begins without edits."""
    from explorer.runs.edits import edit_log

    yield
    while edit_log.undo_step(run.manifest["data_digest"]):
        pass
