"""The contract of an experiment: a published claim, measured again on a run. One experiment is one folder."""

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from explorer.core.progress import Progress
from explorer.experiments.figure_base import ExperimentFigure
from explorer.runs.run import Run


@dataclass(frozen=True)
class PublishedFigure:
    """A figure as its paper prints it.

    Attributes:
        what: the quantity, in words.
        value: the figure as text, with its unit.
        source: where it stands, such as ``"Koh & Liang 2017, §5.2"``.
    """

    what: str
    value: str
    source: str


@dataclass(frozen=True)
class Experiment(ABC):
    """A frozen dataclass of an experiment's own parameters and one method, registered by name.

    Its module imports neither torch nor Plotly, because pages list all experiments: what computes and what draws lies in
    other modules of its folder and is imported when it is needed.

    Attributes:
        seed: of everything that is drawn at random.
        name: in commands and addresses.
        title: what a screen calls it.
        paper: author, year and section.
        question: what it answers, in one sentence for a newcomer.
        published: the paper's own figures.
        run_name: the run on which it is measured unless another one is named.
        build_command: the command that makes this run; empty where it is the default run.
        duration: how long it takes, measured, in words; empty where it was not measured.
        choices: parameters that a screen offers, and their values in words.
        version: raised whenever the same request would give other numbers.
    """

    seed: int = 0

    name: ClassVar[str]
    title: ClassVar[str]
    paper: ClassVar[str]
    question: ClassVar[str]
    published: ClassVar[tuple[PublishedFigure, ...]] = ()
    run_name: ClassVar[str] = "default"
    build_command: ClassVar[str] = ""
    duration: ClassVar[str] = ""
    choices: ClassVar[dict[str, dict[str, str]]] = {}
    version: ClassVar[int] = 1

    @abstractmethod
    def measure(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        """Return the figures as plain JSON values, never NaN.

        The page reads, beside what an experiment's own drawing reads: ``ours``, for each ``what`` of ``published`` the figure
        measured here, as text; ``pictures``, each ``{"file", "caption", "alt"}`` of a PNG in ``folder``, with ``group`` where
        they are grouped; ``found``, one or two sentences on what came out. None of them must be there.

        Args:
            run: on which it is measured.
            folder: of this experiment alone; finished stages and pictures are written there, so that it can be resumed.
            progress: reports how far it is.

        Raises:
            ExplorerError: it cannot be measured on this run.
        """

    @classmethod
    def text_file(cls) -> Path:
        """Return the Markdown file beside the experiment's module that says what it shows and what not."""
        return Path(inspect.getfile(cls)).with_name("text.md")

    def figures(self, result: dict[str, Any]) -> list[ExperimentFigure]:
        """Return the figures of a result of :meth:`measure`, none by default.

        ``ours``, ``pictures`` and ``found`` of a result are drawn by the page. A figure's module imports Plotly, so it is
        imported when a figure is drawn.
        """
        return []
