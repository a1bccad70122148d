"""The works of whole networks beside those of :mod:`tests.support.crash_worker`: a recorded training, and what goes back through it.

Steps of trainings, steps back, and searches for directions are moments too. The recipe is a tiny one, and a pass is kept after every step.
"""

import dataclasses
import os
from functools import partial
from importlib import import_module

import torch
from PIL import Image

from explorer.attribution.unrolled import reverse
from explorer.attribution.whole_network.replay_basis import ReplayedBasis
from explorer.core.progress import silent
from explorer.datasets.picture import formats
from explorer.models import trained_here
from explorer.models.custom.spec import NetworkSpec
from explorer.models.smooth_cnn import Network, Recipe, Training
from explorer.models.smooth_cnn.recording import recorded
from explorer.runs.build import builder, recorded_training
from explorer.runs.build.request import Config
from explorer.runs.edits import edit_log
from explorer.runs.results.retraining import retrain
from explorer.runs.results.smoothness import measure_smoothness
from explorer.runs.store import open_run
from explorer.runs.whole_network import growing, kept_passes
from explorer.runs.whole_network.explanations import explain_whole
from explorer.runs.whole_network.trust_plan import TrustPlan
from explorer.runs.whole_network.truth import report
from explorer.runs.whole_network.truth.report import measure_trust
from explorer.runs.whole_network.truth.subject import subject_of
from explorer.runs.whole_network.whole import whole_of
from tests.support import crash_worker
from tests.support.crash_worker import noted

# Directions a group, and in all.
GROUP, DIRECTIONS = 2, 4


@dataclasses.dataclass(frozen=True)
class Tiny(Recipe):
    """Three epochs of three steps for 24 pictures."""

    widths: tuple[int, ...] = (4, 4)
    epochs: int = 3
    batch: int = 8


@dataclasses.dataclass(frozen=True)
class Other(Tiny):
    """Two steps an epoch."""

    batch: int = 12


def rigged(clock):
    """Let every step tick, and note it by the part of the work and by its threads."""
    global part
    trained_here.Recipe, kept_passes.KEEP_SECONDS, growing.GROUP, growing.MOST = Tiny, 0, GROUP, DIRECTIONS

    def part(name):
        noted(f"{clock.part}.events", lambda *_: None, lambda _: clock.named[f"{clock.part}.events"])()
        clock.part = name

    def ticking(name, function):
        def called(*args, **named):
            clock.tick(name)
            for what in (f"{clock.part}.{name}", f"{name} on {torch.get_num_threads()}"):
                noted(what, lambda *_: None)()
            return function(*args, **named)

        return called

    Training.gradient = ticking("steps", Training.gradient)
    reverse.step_back = ticking("back", reverse.step_back)
    report.datamodeling_interval = partial(report.datamodeling_interval, resamples=9)
    ReplayedBasis.found_directions = ticking("searches", ReplayedBasis.found_directions)
    recorded_training.save_epochs = ticking("saved", recorded_training.save_epochs)


def smooth(folder, **asked):
    """A run of the pictures in a folder, its training recorded."""
    config = Config(folder, "small-cnn-smooth", l2=0.1, own=NetworkSpec(size=16), **asked)
    return builder.build(config, "mine", silent)


def on_two_threads(folder):
    """A run and its basis, on two threads."""
    torch.set_num_threads(2)
    begun(folder)


def on_one_core(folder):
    """The same, on a machine with one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    begun(folder)


def grown(run=None):
    """A basis of two groups."""
    part("grown")
    whole_of(run or open_run("mine")).grow(DIRECTIONS)


def everything(folder):
    """All works on a recorded training, one after the other; what was finished is read."""
    part("smooth")
    run = smooth(folder)
    part("smoothness")
    measure_smoothness(run, [10.0], silent)
    part("exact")
    explain_whole(run, 1, "unrolled")
    grown(run)
    part("trusted")
    subject = subject_of(run, silent)
    judges = {"gradient-product": subject.judges["gradient-product"]}
    measure_trust(dataclasses.replace(subject, judges=judges), TrustPlan((20.0,), 4, seeds=1), silent)
    part("proved")
    retrain(run, 1, [2, 3], silent)
    part("over")


def begun(folder):
    """A run, and its basis."""
    part("smooth")
    grown(smooth(folder))


def changed(folder, other):
    """The same pictures from another seed, with an edit, and by another recipe; other pictures."""
    grown(smooth(folder, seed=1))
    edit_log.record_edits(open_run("mine"), [edit_log.Change("train", 1, "exclude")])
    smooth(folder, edited=True)
    trained_here.Recipe = Other
    smooth(folder)
    trained_here.Recipe = Tiny
    grown(smooth(other))


crash_worker.RIGS.append(rigged)
crash_worker.WORKS |= {work.__name__: work for work in (on_two_threads, on_one_core, grown, begun, everything, changed)}


def warm():
    """Train and replay once, and load what is loaded late: the first time of each takes long, and here it is once for all processes."""
    images = torch.zeros(24, 3, 16, 16).contiguous(memory_format=torch.channels_last)
    training = Training(Network(Tiny.widths, 2, Tiny.detail), Tiny(), images, torch.arange(24) % 2)
    ReplayedBasis(2).prepare(recorded(training))
    formats()
    Image.preinit()
    import_module("scipy.stats")


if __name__ == "__main__":
    warm()
    crash_worker.serve()
