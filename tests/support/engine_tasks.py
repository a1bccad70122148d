"""Tasks that other processes find by their names, and that leave a mark each time they begin."""

import os
import resource
import signal
import threading
import time
from pathlib import Path

import numpy as np

from explorer.engine import Engine


class InALoop(Engine):
    """The whole of what an engine has to be."""

    name, workers = "loop", 1

    def calls(self, calls):
        for place, (function, given) in enumerate(calls):
            yield place, function(*given)

    def close(self):
        pass


def faults():
    """How many pages this process faults in while it makes arrays of 4 MB and frees them, after some that it freed before."""
    for repeat in (1, 40):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(repeat):
            held = [np.ones(500_000) for _ in range(5)]
            del held
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def begun(folder, name):
    """Note that a task begins; return how often it has begun by now."""
    place = Path(folder) / "begun"
    place.mkdir(exist_ok=True)
    (place / f"{name}-{time.monotonic_ns()}-{os.getpid()}").touch()
    return len(list(place.glob(f"{name}-*")))


def times(folder, name):
    """How often a task has begun."""
    return len(list((Path(folder) / "begun").glob(f"{name}-*")))


def squares(folder, place):
    """Three numbers whose sum depends on the order in which they are added."""
    begun(folder, place)
    return {"numbers": np.random.default_rng(place).normal(size=3) * 10.0 ** (place % 5), "place": np.array([place])}


def mortal(folder, place, victim, deaths):
    """The same, but the process that does ``victim`` is killed the first times."""
    if begun(folder, place) <= deaths and place == victim:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"numbers": np.full(3, float(place))}


def refused(place):
    """A task whose input is bad."""
    raise ValueError(f"shard {place} cannot be read")


def pid(seconds, place):
    """Who does it, after some time."""
    time.sleep(seconds)
    return {"pid": np.array([os.getpid(), place])}


def slow_squares(folder, place, seconds):
    """The numbers of :func:`squares`, after some time."""
    begun(folder, place)
    time.sleep(seconds)
    return {"numbers": np.random.default_rng(place).normal(size=3) * 10.0 ** (place % 5)}


def later(work, *given):
    """Begin ``work`` in a thread; whoever asks joins it."""
    thread = threading.Thread(target=work, args=given)
    thread.start()
    return thread
