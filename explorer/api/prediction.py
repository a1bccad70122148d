"""One explained prediction, for a notebook: both galleries as HTML, a frame, and a file to pass on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from explorer.api.frames import Frame, file_name, frame
from explorer.figures.case_file import casefile, galleries_text, prediction_text, write_page
from explorer.runs.memory_run import MemoryRun
from explorer.runs.results.case_facts import case
from explorer.runs.results.explanation import Explanation, Neighbour
from explorer.runs.run import Run


@dataclass(frozen=True, eq=False, repr=False)
class ExplainedPrediction:
    """A test image with the training images that helped and harmed its prediction; shown as HTML in a notebook.

    Attributes:
        run: whose prediction it is.
        found: the explanation with all figures.
        name: of the run as it was asked for.

    >>> why = run.explain(run.mistakes()[0])  # doctest: +SKIP
    >>> why.harmful[0].train_index, why.harmful[0].score  # doctest: +SKIP
    (417, -0.0213)
    """

    run: Run
    found: Explanation
    name: str = ""

    @property
    def index(self) -> int:
        """Of the test image."""
        return self.found.index

    @property
    def label(self) -> str:
        """Its class in the data set."""
        return self.found.label

    @property
    def predicted(self) -> str:
        """The class that the model says."""
        return self.found.predicted

    @property
    def probabilities(self) -> dict[str, float]:
        """Of each class, by name."""
        return self.found.probabilities

    @property
    def helpful(self) -> list[Neighbour]:
        """Training images without which the loss would rise, strongest first: positive scores, nats."""
        return self.found.helpful

    @property
    def harmful(self) -> list[Neighbour]:
        """Training images without which the loss would fall, strongest first: negative scores, nats."""
        return self.found.harmful

    @property
    def scores(self) -> np.ndarray:
        """Of all training images, ``(n,)``; nats of this image's loss if each were left out (positive: helpful)."""
        return self.found.scores

    def to_frame(self) -> Frame:
        """Return both galleries as a frame: helpful images, strongest first, then harmful ones, strongest first.

        Columns: ``train_index``; ``file`` below the data set's folder (empty where images are no files); ``label``;
        ``score``, nats of the test image's loss if the training image were left out, positive where it helps;
        ``probability_without``, of the explained class, missing where scores are not nats.

        >>> why.to_frame().head(3)  # doctest: +SKIP
        """
        columns = ["train_index", "file", "label", "score", "probability_without"]
        neighbours = (*self.helpful, *self.harmful)
        return frame((asdict(each) | {"file": self._file(each.train_index)} for each in neighbours), columns)

    def _file(self, train_index: int) -> str:
        return file_name(self.run, "train", train_index)

    def save(self, path: str | Path, remove: Sequence[int] = ()) -> Path:
        """Write one HTML file that needs no server, and return its path.

        For a run on disk it is the case file of the command ``report``: galleries, edits, a real refit without ``remove``
        (the five most harmful images by default), and the commands that reproduce every figure. For a run in memory, which
        no command can reproduce, it is the galleries with the histogram of all scores.

        Raises:
            ExplorerError: the file cannot be written, a picture cannot be read, or ``remove`` names no training images.

        >>> why.save("case.html")  # doctest: +SKIP
        """
        if isinstance(self.run, MemoryRun):
            return write_page(Path(path), prediction_text(self.run, self.found))
        target = None if self.found.target == self.found.label else self.found.target
        shown = max(len(self.helpful), len(self.harmful), 1)
        name = self.name or self.run.id
        facts = case(self.run, name, self.index, self.found.method, remove, target, shown)
        return write_page(Path(path), casefile(facts))

    def _repr_html_(self) -> str:
        return galleries_text(self.run, self.found)

    def __repr__(self) -> str:
        sure = self.probabilities[self.predicted]
        counts = f"{len(self.helpful)} helpful and {len(self.harmful)} harmful training images by {self.found.method}"
        return f"Test image {self.index}, labelled {self.label}: the model says {self.predicted} ({sure:.2f}); {counts}"
