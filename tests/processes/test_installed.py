"""The package as strangers get it: a wheel made from the source archive, installed outside the checkout, run in an empty folder.

Slow, because it builds both archives, installs them and starts the server: about half a minute.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
# A server that has not answered by then has failed; a busy machine of two cores needed 15.
START_SECONDS = 60


def called(*command, **settings):
    """The standard output of a process that must succeed; where it fails, the test shows what it said."""
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, **settings)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel built from the source archive; nothing is fetched for it."""
    made = tmp_path_factory.mktemp("dist")
    called(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", made, cwd=ROOT)
    (archive,) = made.glob("*.tar.gz")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    called(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", made, archive, cwd=made)
    return next(made.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """How a process is run that sees the installed package and no checkout, from an empty folder."""
    site, empty = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("empty")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    called(*pip, "install", "--no-deps", "--target", site, wheel, cwd=empty)
    return {"cwd": empty, "env": os.environ | {"PYTHONPATH": str(site), "PATH": f"{site}/bin:{os.environ['PATH']}"}}


def test_the_wheel_has_the_package_and_what_it_draws(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = called("git", "ls-files", "pages", "assets", ".streamlit", "streamlit_app.py", cwd=ROOT).split()
    assert {f"explorer/bundled/{name}" for name in tracked} <= names
    tracked = called("git", "ls-files", "explorer", cwd=ROOT).split()
    assert set(tracked) <= names
    assert not [name for name in names if not name.startswith(("explorer/", "influence_explorer-"))]


def test_it_is_imported_from_where_it_was_installed(installed):
    said = called(sys.executable, "-c", "import explorer; print(explorer.__file__, explorer.__version__)", **installed)
    file, version = said.split()
    assert Path(file).is_relative_to(installed["env"]["PYTHONPATH"])
    assert version == "0.1.0"


def test_the_command_is_the_module(installed):
    said = [
        called(*command, "--help", **installed)
        for command in (["influence-explorer"], [sys.executable, "-m", "explorer"])
    ]
    assert said[0].replace("influence-explorer", "python -m explorer").split() == said[1].split()
    answer = called("influence-explorer", "explain", "--run", "default", "--test", "3", "--json", **installed)
    assert json.loads(answer)["test"]["index"] == 3


@pytest.fixture(scope="module")
def built(installed, tmp_path_factory):
    """The same with a home of its own and a small default run, of which the app does not hope that real pictures replace it."""
    home = tmp_path_factory.mktemp("home")
    for name in ("data", "weights"):  # pictures that are drawn already, and weights that were fetched
        (home / name).symlink_to((Path(os.environ["EXPLORER_HOME"]) / name).resolve())
    environment = installed["env"] | {"EXPLORER_HOME": str(home), "EXPLORER_BACKGROUND": "0"}
    words = ["--dataset", "drawn-right", "--limit", "20", "--run", "default", "--json"]
    settings = installed | {"env": environment}
    return settings, json.loads(called("influence-explorer", "build", *words, **settings))["run_id"]


@pytest.mark.parametrize("block", range(2))
def test_the_readme_runs_as_it_stands(built, block):
    """From the wheel, in an empty folder, in an empty home but for the pictures that are drawn already and the weights."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    said = called(sys.executable, "-c", blocks[block], **built[0])
    assert "train_index" in said
    assert (built[0]["cwd"] / "case.html").is_file() or block == 1


@pytest.fixture(scope="module")
def address(built):
    """Where the installed app's server listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["influence-explorer", "app", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **built[0])
    give_up = time.monotonic() + START_SECONDS
    try:
        while not (up := healthy(port)) and process.poll() is None and time.monotonic() < give_up:
            time.sleep(0.2)
        assert process.poll() is None, process.stderr.read()
        assert up, f"the installed app did not answer at port {port} within {START_SECONDS} s"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate()


def healthy(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).status == 200
    except OSError:
        return False


def test_the_server_answers_with_its_pages_and_pictures(address, built):
    with urllib.request.urlopen(f"{address}/thumbs/{built[1]}/test/0") as answer:
        assert answer.headers["Content-Type"] == "image/png"
    with urllib.request.urlopen(f"{address}/explain/below") as answer:  # a page's own name is known to the server
        assert answer.url == f"{address}/explain"


def test_a_page_draws_its_galleries_in_a_browser(address, page):
    """Scripts, styles and texts come from inside the package, and the settings of .streamlit/config.toml hold."""
    page.goto(address)
    page.locator(".gallery .tile").first.wait_for()
    style = "(element) => getComputedStyle(element).getPropertyValue('--st-primary-color')"
    accent = page.locator(".gallery").first.evaluate(style)
    assert accent.strip().lower() == "#0b6e6e"
