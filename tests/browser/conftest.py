"""The servers that a real browser visits."""

import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A server that has not answered by then has failed; a busy machine of two cores needed 15.
START_SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=2).status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def server():
    """The address of a server of this module's own: its first request is the first that it ever gets."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    give_up = time.monotonic() + START_SECONDS
    while not answers(f"http://127.0.0.1:{port}/_stcore/health") and time.monotonic() < give_up:
        pass
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()
