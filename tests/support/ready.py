"""A process that has loaded torch: what a server begins in a process of its own is a fork of it, ready some seconds sooner.

Jobs as a person's server begins them are tested in ``tests/browser/test_game.py``, the process that looks at a picture in
``tests/app/test_own_picture.py``.
"""

import gc
import importlib
import marshal
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

CLIENT = Path(__file__).with_name("ready_client.py")
COMMAND = [sys.executable, "-m", "explorer"]
# What the commands that servers begin import before their work, and torch with it.
LOADED = (
    "explorer.__main__",
    "explorer.runs.build.builder",
    "explorer.runs.network_view",
    "explorer.runs.own_pictures.external_image",
    "explorer.runs.results.audit",
)
# Words, environment and folder of a command come in one message; the system passes on no larger one.
MOST_BYTES = 200_000
# How often it looks whether the process is still there that it is to end with.
LOOK_SECONDS = 1


def begin():
    """Begin the process, which loads torch when it is asked for the first time; return where it listens."""
    parent = os.getpid()
    place = f"explorer-ready-{parent}"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(f"\0{place}")  # a name that is no file
    listener.listen()
    if not os.fork():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a helper ended
        answer(listener, parent)
    listener.close()
    return place


def use(place):
    """Let this process begin the program's commands by the process at ``place``."""

    class Popen(subprocess.Popen):
        def __init__(self, command, **settings):
            if list(command[: len(COMMAND)]) == COMMAND:
                command = [sys.executable, "-IS", CLIENT, place, *command[len(COMMAND) :]]
            super().__init__(command, **settings)

    subprocess.Popen = Popen


def answer(listener, parent):
    """Fork a helper for each who connects, until the parent is gone."""
    while os.getppid() == parent:
        if select.select([listener], [], [], LOOK_SECONDS)[0]:
            line, _ = listener.accept()
            load()
            if not os.fork():
                listener.close()
                attend(line)
            line.close()
    os._exit(0)


@cache
def load():
    """Load what the commands need; it stays, and no fork searches it for garbage."""
    for module in LOADED:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()


def attend(line):
    """Begin a command in a fork, pass on the signals that come, and say how it ended; it ends with the one that asked for it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asked, streams, _, _ = socket.recv_fds(line, MOST_BYTES, 3)
    worker = os.fork()
    if not worker:
        line.close()
        become(streams, *marshal.loads(asked))
    for stream in streams:
        os.close(stream)
    ended = os.pidfd_open(worker)
    while ended not in select.select([line, ended], [], [])[0]:
        told = line.recv(1)
        os.kill(worker, told[0] if told else signal.SIGKILL)
        if not told:
            break
    status = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    with suppress(OSError):
        line.send(marshal.dumps(status))
    os._exit(0)


def become(streams, words, environment, folder, nice):
    """Be a process that has just been started with these words."""
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode, buffering=1) for number, mode in enumerate("rww"))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.nice(max(0, nice - os.nice(0)))
    main = sys.modules["__main__"] = importlib.import_module("explorer.__main__")  # what its own processes load
    sys.argv = [main.__file__, *words]
    main.program(prog_name="python -m explorer")
