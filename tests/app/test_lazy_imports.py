"""What the server may not load before it is asked for."""

import subprocess
import sys

import pytest

MODULES = (
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
    "explorer.app.pages.learn.game.game_view",
    "explorer.app.pages.learn.glossary",
    "explorer.app.pages.explain.own_picture",
    "explorer.app.pages.data.form",
    "explorer.app.pages.data.preflight_report",
    "explorer.runs.edits.refit",
    "explorer.runs.edits.cleaned_copy",
)
# What takes from one to some seconds to load.
HEAVY = ("torch", "sklearn", "scipy.stats")
# One interpreter imports all, one after the other, and says after which of them something heavy was there.
CODE = f"""
import importlib, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
    for heavy in {HEAVY}:
        if heavy in sys.modules:
            sys.exit(module + ' loads ' + heavy)
print('imported', len(sys.argv) - 1)
"""


def first_heavy(modules, **settings):
    """Import modules in a new interpreter; what it says on standard error where something heavy was loaded, and on standard output."""
    found = subprocess.run([sys.executable, "-c", CODE, *modules], capture_output=True, text=True, **settings)
    return found.stderr.strip(), found.stdout.strip()


def test_pages_edits_and_refits_load_nothing_heavy():
    """With torch loaded after the start, a click took 230 ms until the galleries stood; without it, 118."""
    assert first_heavy(MODULES) == ("", f"imported {len(MODULES)}")


@pytest.mark.parametrize("heavy", HEAVY)
def test_a_module_that_loads_something_heavy_is_named(tmp_path, heavy):
    module = tmp_path / heavy.replace(".", "/")
    module.mkdir(parents=True)
    for folder in (module, *module.parents[: heavy.count(".")]):
        (folder / "__init__.py").touch()
    (tmp_path / "loads_it.py").write_text(f"import {heavy}")
    assert first_heavy(["json", "loads_it", "csv"], cwd=tmp_path) == (f"loads_it loads {heavy}", "")
