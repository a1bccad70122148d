"""The papers' experiments: a question, the paper's figures beside ours, pictures, and the command that measures it again."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.app import backend, error_messages, urls
from explorer.app.components.blocks.blocks import Block, Menu, TextBlock, draw, heading, menus, small, text
from explorer.app.components.chart.chart import draw_chart
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.components.markdown.markdown_text import ProseBlock, prose
from explorer.core.phrases import spaced
from explorer.experiments import EXPERIMENTS, Experiment
from explorer.experiments.figure_base import ExperimentFigure
from explorer.experiments.settings import changed_parameters, command, configure
from explorer.experiments.store import load_result, result_folder
from explorer.runs.thumbnails import data_address

# What a screen reader calls pictures that have no heading.
UNTITLED = "Pictures"
# A group of so few pictures is looked at closely, each at this many pixels; five of them stand side by side at 1,280.
FEW, WIDE = 6, 176


def draw_experiments() -> None:
    """Draw the experiment in the address: its result, or, where it was not measured yet, the button that measures it."""
    with error_messages.show_errors():
        kind = EXPERIMENTS[urls.choice_param("name", list(EXPERIMENTS), next(iter(EXPERIMENTS)))]
        name, runs = _run_name(kind), backend.runs()
        experiment = configure(kind, _parameters(kind))
        draw("question", *_question_blocks(experiment, name, urls.run_names(name)))
        run_id = runs.get(name, name if urls.param("run") else "")
        result = load_result(experiment, run_id)
        if result is None:
            _draw_start_button(experiment, name, bool(run_id))
        else:
            _draw_result(experiment, name, result, result_folder(experiment, run_id))


def _run_name(kind: type[Experiment]) -> str:
    """Return the name of the run in the address, else that of the experiment's own run."""
    return urls.run_name() if urls.param("run") else kind.run_name


def _parameters(kind: type[Experiment]) -> dict[str, str]:
    """Return the parameters of an experiment that the address sets."""
    given = {name: urls.param(name) for name in asdict(kind())}
    return {name: value for name, value in given.items() if value is not None}


def _question_blocks(experiment: Experiment, name: str, runs: list[str]) -> list[Block]:
    titles = {each.name: each.title for each in EXPERIMENTS.values()}
    choices = [urls.param_menu("name", "Experiment", titles, experiment.name)]
    runs_ = {each: each for each in dict.fromkeys((name, *runs))}
    choices.append(Menu("run", "Run", runs_, name))
    for parameter, words in experiment.choices.items():
        choices.append(Menu(parameter, parameter.capitalize(), words, str(getattr(experiment, parameter))))
    return [menus(*choices), heading(experiment.title), text(experiment.question), small(experiment.paper + ".")]


def _draw_start_button(experiment: Experiment, name: str, there: bool) -> None:
    """Draw the paper's figures and the button that measures the experiment; without its run, how to build that."""
    if not there:
        build = experiment.build_command or "python -m explorer build"
        draw("missing", text(f"This is measured on a run {name!r}, which is not there yet. Build it:"), code(build))
        return
    draw("before", text(f"It has not been measured on the run {name} yet."), _published_table(experiment, {}))
    settings = [word for each, value in changed_parameters(experiment).items() for word in ("--set", f"{each}={value}")]
    words = ("experiment", name, experiment.name, *settings)
    draw_offer("Measure it", ":material/science:", *words, primary=True, key="measure", takes=experiment.duration)
    draw("again", *_meaning_blocks(experiment), *_command_blocks(experiment, name, None))


def _draw_result(experiment: Experiment, name: str, result: dict[str, Any], folder: Path) -> None:
    """Draw a result: its sentence, figures, the paper's beside ours, pictures, and what it does not show."""
    figures = experiment.figures(result)
    finding = [text(result["found"])] if result.get("found") else []
    draw("said", *finding, _published_table(experiment, result.get("ours", {})))
    meaning = _meaning_blocks(experiment)
    if len(figures) == 1 and not figures[0].wide:
        left, right = st.columns([3, 2], gap="large")
        with left:
            draw_figure(figures[0], "figure-0")
        with right:
            draw("meaning", *meaning)
        meaning = []
    else:
        _draw_figures(figures)
    pictures = _galleries(result.get("pictures", []), folder)
    draw("beside", *pictures, *meaning, *_command_blocks(experiment, name, result["seconds"]))


def _draw_figures(figures: list[ExperimentFigure]) -> None:
    """Draw wide figures one below the other, others two side by side."""
    rest = [figure for figure in figures if not figure.wide]
    for place, figure in enumerate(figure for figure in figures if figure.wide):
        draw_figure(figure, f"wide-{place}")
    for start in range(0, len(rest), 2):
        for column, (place, figure) in zip(
            st.columns(2, gap="large"), enumerate(rest[start : start + 2], start), strict=False
        ):
            with column:
                draw_figure(figure, f"figure-{place}")


def draw_figure(figure: ExperimentFigure, key: str) -> None:
    """Draw a figure with its title and caption."""
    if figure.title:
        draw(f"{key}-title", TextBlock(kind="text", tag="h3", quiet=False, text=figure.title))
    draw_chart(figure.figure, key, figure.alt)
    if figure.caption:
        draw(f"{key}-caption", small(figure.caption))


def _published_table(experiment: Experiment, ours: dict[str, str]) -> Block:
    """Return the paper's figures as a table, ours beside them where they were measured."""
    if not experiment.published:
        return small("The paper prints no figure that could be compared.")
    titles = ["What", "Published", *(["Measured here"] if ours else []), "Source"]
    rows = [
        [each.what, each.value, *([ours.get(each.what, "not measured")] if ours else []), each.source]
        for each in experiment.published
    ]
    return table(titles, rows)


def table(titles: list[str], rows: list[list[str]]) -> ProseBlock:
    """Return a table whose first column names its rows."""
    top = ["thead", {}, ["tr", {}, *(["th", {"scope": "col"}, title] for title in titles)]]
    body = [
        ["tr", {}, ["th", {"scope": "row"}, row[0]], *(["td", {}, spaced(value)] for value in row[1:])] for row in rows
    ]
    return {"kind": "prose", "nodes": [["table", {}, top, ["tbody", {}, *body]]]}


def code(line: str) -> ProseBlock:
    """Return a line for a shell."""
    return {"kind": "prose", "nodes": [["pre", {}, ["code", {}, line]]]}


def _galleries(pictures: list[dict[str, str]], folder: Path) -> list[Block]:
    """Return a gallery a group of pictures."""
    groups: dict[str, list[Tile]] = {}
    for each in (each for each in pictures if (folder / each["file"]).is_file()):  # somebody may have tidied up
        shown = data_address((folder / each["file"]).read_bytes(), "image/png")
        tile = Tile(each["file"], "", each["alt"], (each["caption"],) if each["caption"] else (), inline=shown)
        groups.setdefault(each.get("group", ""), []).append(tile)
    return [
        gallery(Section(group or UNTITLED, tiles, group, tile=WIDE if len(tiles) <= FEW else 84))
        for group, tiles in groups.items()
    ]


def _meaning_blocks(experiment: Experiment) -> list[Block]:
    """Return what an experiment shows and what not, where that is written."""
    text = experiment.text_file()
    return [prose(text)] if text.is_file() else []


def _command_blocks(experiment: Experiment, name: str, seconds: float | None) -> list[Block]:
    """Return the command that measures it again, and how long it took where it was measured."""
    took = "" if seconds is None else f"It took {seconds:,.0f} s. " if seconds >= 1 else "It took less than a second. "
    title: ProseBlock = {"kind": "prose", "nodes": [["h3", {}, "Measure it yourself"]]}
    return [title, small(f"{took}The same on the command line:"), code(command(experiment, name))]
