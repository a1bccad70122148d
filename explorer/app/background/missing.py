"""What pages would have to offer with a button: the commands that compute it, in the order in which people meet it.

The server asks in a process of its own (``python -m explorer.app.background.missing``), so that no click waits for what
this loads.
"""

import json
from collections.abc import Callable, Iterator

from explorer.app.background.covered import covered, is_small
from explorer.core.errors import ExplorerError
from explorer.experiments import EXPERIMENTS
from explorer.experiments.settings import changed_parameters, configure
from explorer.experiments.store import load_result
from explorer.lesson.scenarios import ARTICLE
from explorer.models import SMALL_CNN, SMALL_CNN_SMOOTH, TRAINED_HERE
from explorer.runs import store
from explorer.runs.results.agreement import load_report
from explorer.runs.results.audit import load_audit
from explorer.runs.results.cleaning import load_cleaning_curve
from explorer.runs.results.duplicates import load_duplicates
from explorer.runs.results.flipping_sets import first_mistake, load_flip
from explorer.runs.results.groups import load_groups
from explorer.runs.results.projection import load_projection
from explorer.runs.run import Run
from explorer.runs.whole_network.kept_basis import FIRST, GROUP, USUAL, groups_replayed
from explorer.runs.whole_network.kept_files import folder_of

Settings = tuple[tuple[str, dict[str, str]], ...]
# Refits of the trust report that nobody asked for: enough to tell a method that works from one that does not.
TRUST_SAMPLE = ("--pairs", "200", "--subsets", "20")
# Experiments that the lesson shows on the run, and others that take a minute or two; those that train networks come last.
QUICK: Settings = (("large-leverage", {}), ("group-effects", {}), ("koh-liang-fig2", {}), ("cook-weisberg", {}))
SLOW: Settings = (("seeds", {}), ("smooth-training", {}), ("koh-liang-fig2", {"model": SMALL_CNN}))
Words = list[str]
NOTHING_WRONG = "nothing"


def missing() -> Iterator[Words]:
    """Yield the command lines that compute what is missing, the most useful first.

    While the story's run is not built, no experiment that trains networks is among them: once it is, its audit goes before them.
    """
    names = store.names()
    runs = {name: run for name in covered(names) if (run := _opened(names[name]))}
    story: list[Words] = []
    for name, run in runs.items():
        yield from _of_run(name, run)
        if name == "default":
            story = list(_of_story(run, names))
            yield from story
        yield from _map(name, run)
        yield from _replays(name, run, FIRST)
    if "default" in runs:
        builds = any(words[0] == "build" for words in story)
        yield from _experiments(runs["default"], QUICK if builds else (*QUICK, *SLOW))
    for name, run in runs.items():
        yield from _replays(name, run, USUAL)


def _opened(run_id: str) -> Run | None:
    """Return a run, or None where it is damaged or too large."""
    try:
        return store.load_run(run_id) if is_small(store.load_manifest(run_id)) else None
    except (ExplorerError, OSError):
        return None


def _of_run(name: str, run: Run) -> Iterator[Words]:
    """Yield what the pages of a run show that is computed once."""
    parts: tuple[tuple[Callable[[], object], Words], ...] = (
        (lambda: _first_flip(run), ["flip", "--run", name]),
        (lambda: load_audit(run), ["audit", "--run", name, "--trusted", "all"]),
        (lambda: load_groups(run), ["groups", "--run", name]),
        (lambda: load_duplicates(run), ["duplicates", "--run", name]),
        (lambda: load_report(run.id), ["trust", "--run", name, *TRUST_SAMPLE]),
    )
    for load, words in parts:
        trains = words[0] == "trust" and (
            run.manifest.backbone in TRAINED_HERE or run.manifest.finetune
        )  # networks again, from other seeds
        if not trains and load() is None:
            yield words


def _map(name: str, run: Run) -> Iterator[Words]:
    """Yield the map by t-SNE, which takes longest; the page has another one at once."""
    if load_projection(run, "tsne") is None:
        yield ["map", "--run", name]


def _replays(name: str, run: Run, directions: int) -> Iterator[Words]:
    """Yield the replays of directions that a click on the whole network uses, where the run's training was recorded."""
    recorded = run.manifest.backbone == SMALL_CNN_SMOOTH and not run.manifest.refitted
    if recorded and GROUP * groups_replayed(folder_of(run.id)) < directions:
        yield ["replay-basis", "--run", name, "--directions", str(directions)]


def _first_flip(run: Run) -> object:
    """Return what flips the mistake that the overview opens on, None where nobody searched for it; where nothing is wrong, anything."""
    first = first_mistake(run)
    return load_flip(run, first) if first is not None else NOTHING_WRONG


def _of_story(default: Run, names: dict[str, str]) -> Iterator[Words]:
    """Yield what tells the lesson's story, where the default run has its pictures: its run, audit and cleaning curve."""
    if default.manifest.dataset != "cats-vs-dogs" or default.manifest.limit is not None:
        return
    if ARTICLE.name not in names:
        yield ["build", "--run", ARTICLE.name, "--scenario", ARTICLE.name]
        return
    run = _opened(names[ARTICLE.name])
    if run is None or run.truth is None:
        return
    audit = load_audit(run)
    if audit is None:
        yield ["audit", "--run", ARTICLE.name, "--trusted", "all"]
    if audit is None or load_cleaning_curve(run, audit) is None:
        yield ["cleaning", "--run", ARTICLE.name, "--trusted", "all"]


def _experiments(run: Run, wanted: Settings) -> Iterator[Words]:
    for name, settings in wanted:
        experiment = configure(EXPERIMENTS[name], settings)
        if load_result(experiment, run.id) is None:
            changed = changed_parameters(experiment)
            yield ["experiment", "--run", "default", name, *(f"--set={key}={value}" for key, value in changed.items())]


if __name__ == "__main__":
    print(json.dumps(list(missing())))
