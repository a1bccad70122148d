"""Processes that kill themselves at a chosen moment of their writing; one that has imported everything makes them all.

``python crash_worker.py`` answers each line of JSON with one: ``work`` (a function below and its arguments) and ``homes``, for each
home steps, one after the other, each a list of processes that work at once, given as their moment. A moment is the number of an event: each replacing of a
file by its whole successor is two, before it and after it, and each writing of bytes is one, half-way; or the name and number of a
:meth:`Clock.tick` that has a name. None is never reached.
"""

import contextlib
import gc
import io
import json
import os
import signal
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import torch

from explorer.__main__ import program
from explorer.datasets.archives import archive
from explorer.models import features, small_cnn
from explorer.models.custom.spec import NetworkSpec
from explorer.runs import store
from explorer.runs.build import builder
from explorer.runs.build.request import Config
from explorer.runs.edits import edit_log, refit

# Pictures a shard here, so that a few pictures make several; and of a command.
SHARD, USUAL = 8, features.SHARD
# Epochs of a training here, of eight elsewhere: a kill meets a first, a middle and a last one.
EPOCHS = 3
# More works by their names, and more that is rigged, of another worker.
WORKS, RIGS = {}, []


class Clock:
    """Counts events, all of them and those of each name within a part of the work, and kills at one."""

    def __init__(self, moment):
        self.moment, self.events, self.part, self.named = moment, 0, "", Counter()

    def tick(self, name="events"):
        for each in {f"{self.part}.events", f"{self.part}.{name}"}:
            if self.moment == [each, self.named[each]]:
                os.kill(os.getpid(), signal.SIGKILL)
            self.named[each] += 1
        if self.events == self.moment:
            os.kill(os.getpid(), signal.SIGKILL)
        self.events += 1


def rigged(clock):
    """Let every writing tick, and note what is computed."""
    replace, write = os.replace, Path.write_bytes

    def replaced(here, there):
        clock.tick()
        replace(here, there)
        clock.tick()

    def written(path, content):
        write(path, content[: len(content) // 2])
        clock.tick()
        return write(path, content)

    os.replace, Path.write_bytes = replaced, written
    for rig in RIGS:
        rig(clock)
    features.SHARD = SHARD
    small_cnn.Training = partial(small_cnn.Training, epochs=EPOCHS)
    features.extract_features = noted("pictures", features.extract_features, lambda args: len(args[2]))
    small_cnn._epoch = noted("epochs", small_cnn._epoch)
    archive.unpack = noted("unpacked", archive.unpack)


def noted(what, function, count=lambda _: 1):
    def called(*args):
        with Path(os.environ["EXPLORER_HOME"], "computed").open("a") as log:
            log.write(json.dumps([what, count(args)]) + "\n")
        return function(*args)

    return called


def built(folder):
    """A run of the pictures in a folder, its network trained here."""
    return builder.build(Config(folder, "small-cnn", l2=0.1, own=NetworkSpec(size=16)), "mine", lambda *_: None)


def refitted(folder):
    """The same with an edit, refitted."""
    run = built(folder)
    if not edit_log.live(run.data_digest):
        edit_log.record_edits(run, [edit_log.Change("train", 1, "exclude")])
    return refit.refit_edited(run, "again")


def recorded():
    """An edit."""
    edit_log.record("some data", [edit_log.Change("train", os.getpid(), "exclude")])


def commanded(*words):
    """A command of a person, which must end well; what it prints is nobody's answer here."""
    features.SHARD = USUAL
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert not program(words, standalone_mode=False), said.getvalue()


def unpacked(path):
    """An archive's pictures."""
    archive.Archive(Path(path)).open(lambda *_: None)


def begun(work, moment, home):
    """Begin the work in a process of its own; its id, and where it tells how many events it had."""
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        return child, read
    try:
        os.environ["EXPLORER_HOME"] = home
        clock = Clock(moment)
        rigged(clock)
        store.tidy()
        (globals() | WORKS)[work[0]](*work[1:])
        os.write(write, str(clock.events).encode())
        os._exit(0)
    except BaseException as error:  # what is wrong must not come back into the parent's work
        sys.stderr.write(f"{error!r}\n")
        os._exit(1)


def ended(child, read):
    """The exit status of a process, and its events."""
    status, events = os.waitpid(child, 0)[1], os.read(read, 99)
    os.close(read)
    return os.waitstatus_to_exitcode(status), int(events or 0)


def done(work, steps, home):
    Path(home).mkdir(parents=True, exist_ok=True)
    return [[ended(*process) for process in [begun(work, moment, home) for moment in moments]] for moments in steps]


def warm():
    """Take one step of an optimiser: the first one loads torch's compiler, for more than a second; here it is once for all processes."""
    weight = torch.nn.Parameter(torch.zeros(1))
    weight.grad = torch.zeros(1)
    torch.optim.AdamW([weight]).step()


def serve():
    """Answer each line of standard input."""
    warm()
    gc.freeze()  # what is loaded is the same for all, and a search of it for garbage would copy it for each
    for line in sys.stdin:
        asked = json.loads(line)
        ends = {home: done(asked["work"], steps, home) for home, steps in asked["homes"].items()}
        print(json.dumps(ends), flush=True)


if __name__ == "__main__":
    serve()
