"""What the server may not load before it is asked for."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "explorer.app.components.explanation_sections.explanation_sections",
        "explorer.app.components.removal_trial.removal_trial",
        "explorer.app.pages.explain.case_file",
        "explorer.app.pages.compare.run_comparison",
        "explorer.app.components.job_progress.job_progress",
        "explorer.app.server",
        "explorer.app.pages.learn.papers",
        "explorer.app.pages.learn.views",
        "explorer.app.pages.suspects.views",
        "explorer.app.pages.learn.lesson.lesson",
        "explorer.app.pages.learn.lesson.story",
        "explorer.app.pages.learn.lesson.limits",
        "explorer.app.pages.learn.game.plant",
        "explorer.app.pages.learn.glossary",
        "explorer.app.pages.explain.own_picture",
        "explorer.app.pages.data.form",
        "explorer.app.pages.data.preflight_report",
    ],
)
def test_pages_do_not_load_torch(module):
    """With torch loaded after the start, a click took 230 ms until the galleries stood; without it, 118."""
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
