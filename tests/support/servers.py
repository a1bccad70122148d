"""The real server in a process of its own."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from functools import cache
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


@cache
def nursery():
    """This worker's process that makes servers; it ends with the worker."""
    command, pipe = [sys.executable, "-m", "tests.support.nursery"], subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, text=True, bufsize=1, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)


def is_running(server):
    try:
        os.kill(server, 0)
    except ProcessLookupError:
        return False
    return True


def begun(port, environment, fresh):
    """The process id of a new server."""
    nursery().stdin.write(json.dumps({"port": port, "environment": environment, "fresh": fresh}) + "\n")
    return int(nursery().stdout.readline())


@contextmanager
def served(home, fresh=False):
    """Start a server for the runs of ``home``; yield its address once it answers. It computes nothing unasked.

    What it begins in a process of its own is a fork of one that has loaded torch, or, ``fresh``, as with a person's server.
    """
    address = f"http://127.0.0.1:{(port := free_port())}"
    environment = os.environ | {"EXPLORER_HOME": str(home), "EXPLORER_BACKGROUND": "0"}
    server, give_up = begun(port, environment, fresh), time.monotonic() + START_SECONDS
    while not (up := answers(f"{address}/_stcore/health")) and is_running(server) and time.monotonic() < give_up:
        time.sleep(PAUSE_SECONDS)
    assert is_running(server), f"the server at {address} ended at once"
    assert up, f"the server at {address} did not answer within {START_SECONDS} s"
    yield address
    stopped(server, address)


def stopped(server, address):
    """Ask a server to end, and wait until it has."""
    os.kill(server, signal.SIGTERM)
    give_up = time.monotonic() + START_SECONDS
    while is_running(server):
        assert time.monotonic() < give_up, (
            f"the server at {address} still ran {START_SECONDS} s after it was asked to end"
        )
        time.sleep(PAUSE_SECONDS)
