"""What a lesson needs before the class comes: the story, its repair and the experiments, made one after the other by one button."""

from dataclasses import dataclass

import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import draw, heading, small, table
from explorer.app.components.job_progress import job_progress
from explorer.app.pages.learn.lesson.story import budget
from explorer.lesson.scenarios import ARTICLE
from explorer.runs import jobs
from explorer.runs.edits import edit_scope

READY, MISSING = "✓ ready", "○ not yet"
EXPLAINED = "Everything is made on this computer, one after the other; the evening before is a good time. You may close this page meanwhile."
# Of the story's images one cat in ten is left out; without the story this share of the default run's stands for its size.
STORY_SHARE = 0.95


@dataclass(frozen=True)
class Preparation:
    """Something that a step needs.

    Attributes:
        what: it is, in words.
        step: that shows it.
        ready: whether it is there.
        work: kind, run and options of the job that makes it.
    """

    what: str
    step: int
    ready: bool
    work: tuple[str, ...]


def preparations() -> list[Preparation]:
    """Return all that the lesson needs, in the order in which it is made."""
    story = ("build", ARTICLE.name, "--scenario", ARTICLE.name)
    repair = ("repair", ARTICLE.name, "--budget", str(_budget()))
    runs = backend.runs()
    repaired = runs.get(edit_scope.derived_name(ARTICLE.name, "repaired"))
    built = runs.get(ARTICLE.name)
    mended = repaired is not None and backend.manifest(repaired).base == built
    first = [
        Preparation("The story: a model that learnt from mistakes", 1, built is not None, story),
        Preparation("Its repair", 7, mended, repair),
    ]
    return first + _experiments()


def _budget() -> int:
    """Return how many labels the repair looks at; before the story is built, as many as for a story of the default run."""
    runs = backend.runs()
    if ARTICLE.name in runs:
        return budget(backend.run(runs[ARTICLE.name]))
    images = backend.manifest(runs["default"]).n_train if "default" in runs else ARTICLE.budget
    return min(ARTICLE.budget, max(1, int(STORY_SHARE * images) // 4))


def _experiments() -> list[Preparation]:
    # all experiments with their figures are 66 modules, which the other views do not need
    from explorer.app.pages.learn.lesson.limits import LIMITS
    from explorer.experiments import EXPERIMENTS
    from explorer.experiments.settings import changed_parameters, configure
    from explorer.experiments.store import load_result

    found = []
    for name, settings, title, _ in LIMITS:
        experiment = configure(EXPERIMENTS[name], settings)
        run_id = backend.runs().get(experiment.run_name, "")
        ready = bool(run_id) and load_result(experiment, run_id) is not None
        options = [f"--set={key}={value}" for key, value in changed_parameters(experiment).items()]
        work = ("experiment", experiment.run_name, experiment.name, *options)
        found.append(Preparation(f"Experiment: {title.lower()}", 8, ready, work))
    return found


def draw_preparations() -> None:
    """Draw what is ready, the button that makes the rest, and how far that is."""
    needed = preparations()
    rows = [[each.what, f"step {each.step}", _state(each)] for each in needed]
    missing = [each for each in needed if not each.ready]
    count = f"{len(needed) - len(missing)} of {len(needed)} are ready"
    draw("prepare", heading("Before the lesson"), table("What the lesson needs", ["What", "Shown in", "State"], rows))
    if missing:
        st.button(
            "Prepare this lesson", icon=":material/checklist:", type="primary", on_click=_prepare, key="prepare lesson"
        )
    draw("prepared", small(f"{count}. {EXPLAINED}" if missing else "Everything is ready."))
    begun = [job for job in map(_job, missing) if job is not None]
    if begun:
        job_progress.draw_jobs(begun[0].kind, begun[0].name, 1)


def _job(each: Preparation) -> jobs.Job | None:
    return job_progress.pending(*each.work)


def _state(each: Preparation) -> str:
    job = None if each.ready else _job(each)
    if job is None:
        return READY if each.ready else MISSING
    return f"… runs, {screen_text.percent(job.share, 0)}" if job.state == "running" else "… waits for its turn"


@job_progress.with_error_message
def _prepare() -> None:
    """Let all that is missing wait for its turn; what waits or runs already is not begun twice."""
    for each in preparations():
        if not each.ready and _job(each) is None:
            kind, name, *options = each.work
            jobs.start(kind, name, job_progress.command(kind, name, *options))


def lesson_links() -> list[tuple[str, str]]:
    """Return the ways to the presentation and the worksheet."""
    sheet = urls.address("learn", view="teach", sheet=1, run=urls.param("run"))
    return [("Present the lesson", urls.address("learn", present=1, run=urls.param("run"))), ("The worksheet", sheet)]
