"""The run of a game: whether it is built here, and the building of it in the background."""

import streamlit as st

from explorer.app import backend
from explorer.app.components.job_progress import job_progress
from explorer.game.planted_games import PlantedGame
from explorer.runs import jobs
from explorer.runs.build.request import Config
from explorer.runs.run import Run


def game_run(planted: PlantedGame) -> Run | None:
    """Return a game's run, or None where it is not built here."""
    run_id = backend.runs().get(planted.run_name)
    if run_id is None or Config.from_manifest(backend.manifest(run_id)) != planted.config:
        return None
    return backend.run(run_id)


@job_progress.with_error_message
def start_build(planted: PlantedGame) -> None:
    """Start to build a game's run in the background, or let it wait for its turn, unless it is there or under way."""
    if game_run(planted) is None and not _building(planted):
        jobs.start_build(planted.config, planted.run_name)


def _building(planted: PlantedGame) -> bool:
    """Return whether a game's run is being built, so that a second click starts nothing."""
    return any(job.state in jobs.ACTIVE and (job.kind, job.name) == ("build", planted.run_name) for job in jobs.jobs())


def draw_preparation(planted: PlantedGame) -> None:
    """Draw the progress of a game's build, or the button that starts it."""
    latest = next((job for job in jobs.jobs() if job.name == planted.run_name and job.kind == "build"), None)
    if latest is None or latest.state not in jobs.ACTIVE:
        st.button(
            "Prepare the pictures", icon=":material/play_arrow:", type="primary", on_click=start_build, args=(planted,)
        )
    if latest is not None and latest.state != "done":  # an older version may have built it otherwise
        job_progress.draw_jobs("build", planted.run_name)
