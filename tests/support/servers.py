"""The real server in a process of its own."""

import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
# A server that has not answered by then has failed; a busy machine of two cores needed 15.
START_SECONDS = 60
PAUSE_SECONDS = 0.05
# Ports below those that systems give away by themselves; every worker has its own thousand, so that none takes another's.
FIRST_PORT, PORTS = 20_000, 1000


def free_port():
    """A port of this worker's that nobody listens at."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    first = FIRST_PORT + worker * PORTS
    for port in random.sample(range(first, first + PORTS), PORTS):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise OSError(f"Somebody listens at every port from {first} on.")


def answers(url):
    """Whether a server is up."""
    try:
        return urllib.request.urlopen(url, timeout=2).status == 200
    except OSError:
        return False


@contextmanager
def served(home, variables=None):
    """Start a server for the runs of ``home``; yield its address once it answers. It computes nothing unasked unless a variable says so."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
    environment = os.environ | {"EXPLORER_HOME": str(home), "EXPLORER_BACKGROUND": "0"} | (variables or {})
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    give_up = time.monotonic() + START_SECONDS
    while not answers(f"{address}/_stcore/health") and process.poll() is None and time.monotonic() < give_up:
        time.sleep(PAUSE_SECONDS)
    assert process.poll() is None, "the server ended at once"
    yield address
    process.terminate()
    process.wait()
