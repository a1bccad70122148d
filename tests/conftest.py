"""One run on drawn pictures for all tests, the command line, and homes that hold no edits."""

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support import command_line
from tests.support.chromium import launched, visited, visitor
from tests.support.homes import furnish
from tests.support.hostile_data import GOOD, put
from tests.support.own_pictures import TEST, stored

ROOT = Path(__file__).parents[1]
DEFAULT = "runs/names/default"
os.environ.setdefault("EXPLORER_HOME", str(ROOT / ".cache/tests"))


# What runs all tests; a page that a test draws takes its place.
MAIN = sys.modules["__main__"]
BUILD, KNOWN = pytest.StashKey(), pytest.StashKey()
# Names the folder of the audits of this session: each takes seconds, and whichever process needs it first computes it for all.
AUDITS = "EXPLORER_TESTS_AUDITS"


def pytest_configure(config):
    """Begin the run of all tests once, before there are workers; give each process that runs tests a home of its own."""
    gc.disable()  # until all tests are read: what is loaded meanwhile stays, and was searched two thousand times
    known = config.stash[KNOWN] = Path(os.environ["EXPLORER_HOME"])
    worker = hasattr(config, "workerinput")
    config.stash[BUILD] = None if worker or (known / DEFAULT).is_file() else begun(config)
    if not worker:
        os.environ[AUDITS] = temporary_folder(config)
    if worker or not config.getoption("numprocesses", None):
        stands(config)
        os.environ["EXPLORER_HOME"] = temporary_folder(config)


def temporary_folder(config):
    """The path of a new folder, which goes with the process."""
    here = tempfile.mkdtemp(prefix="explorer-tests-")
    config.add_cleanup(lambda: shutil.rmtree(here, ignore_errors=True))
    return here


def begun(config):
    """The process that builds the run of all tests."""
    command = [sys.executable, "-m", "explorer", "build", "--dataset", "drawn", "--run", "default"]
    build = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    config.add_cleanup(build.kill)
    return build


def stands(config):
    """Wait until the run of all tests stands."""
    build = config.stash[BUILD]
    assert build is None or build.wait() == 0, "the run of all tests could not be built"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node):
    """A worker has read all tests, while the run was built beside it; none begins before this returns."""
    stands(node.config)


@pytest.fixture(scope="session", autouse=True)
def furnished(pytestconfig):
    """The home of this process has the run of all tests, their data, the weights, and the audits of all processes."""
    known, here = pytestconfig.stash[KNOWN], Path(os.environ["EXPLORER_HOME"])
    furnish(here, known, (known / DEFAULT).read_text().strip())
    (here / "weights").symlink_to(known.resolve() / "weights")
    (here / "audits").symlink_to(os.environ[AUDITS])


def pytest_collection_finish():
    """What is loaded by now stays: Streamlit searches all of it for garbage after every page, a third of a second each time."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_runtest_teardown():
    """Put the main script back: a process that multiprocessing begins would first draw the page again, for three seconds."""
    sys.modules["__main__"] = MAIN


@pytest.fixture(scope="session")
def run():
    from explorer.runs.store import open_run

    found = open_run("default")
    _ = found.dataset  # opened here, whatever home the first test that needs it has
    return found


@pytest.fixture(scope="session")
def smooth_run(run):
    """A small run on ``small-cnn-smooth``, whose whole training is recorded: one step an epoch, on pictures of 16 px."""
    from explorer.models.custom.spec import NetworkSpec
    from explorer.runs.build.builder import build
    from explorer.runs.build.request import Config

    return build(
        Config("drawn", "small-cnn-smooth", limit=24, l2=0.1, own=NetworkSpec(size=16)), "smooth", lambda *_: None
    )


@pytest.fixture(scope="session")
def view(run):
    """What the run does to a picture before its head."""
    from explorer.runs.network_view import view_of

    return view_of(run)


@pytest.fixture(scope="session")
def seen(run, view):
    """A test image of the run as a picture that a person brings."""
    from explorer.runs.own_pictures import external_image

    return external_image.embed(view, stored(run, "test", TEST), external_image.reference_size(run))


@pytest.fixture
def explorer():
    """The command line, in this process: what it answers to some words."""
    return command_line.answered


@pytest.fixture
def shell():
    """The command line in a process of its own: its exit status, and what it writes to standard output and error."""
    return command_line.process


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


@pytest.fixture(scope="session")
def browser():
    """Chromium, one for all tests of a worker."""
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def somebody(browser):
    """The visitor of a module's tests: what the browser has fetched once, it has."""
    with visitor(browser) as context:
        yield context


@pytest.fixture
def page(somebody):
    """A watched page."""
    with visited(somebody) as page:
        yield page


@pytest.fixture(scope="module")
def alone(run, tmp_path_factory):
    """A home of its own for this module and its server: the run of all tests, and no edits."""
    with pytest.MonkeyPatch.context() as patch:
        here = furnish(tmp_path_factory.mktemp("home"), run.folder.parents[1], run.id)
        patch.setenv("EXPLORER_HOME", str(here))
        yield here


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
    while edit_log.undo_step(run.data_digest):
        pass
