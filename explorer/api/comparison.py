"""Two runs with the same test images: what was predicted for the change beside what happened."""

from dataclasses import dataclass

import numpy as np

from explorer.api.explorer import Explorer
from explorer.api.frames import Frame, class_rows, frame
from explorer.runs.edits.refit import predicted_by, predicted_for
from explorer.runs.memory_run import MemoryRun
from explorer.runs.results.comparison import Comparison, compare_runs
from explorer.runs.run import Run


@dataclass(frozen=True, eq=False, repr=False)
class RunComparison:
    """What became of the test images from one run to another; shown as a table in a notebook.

    Attributes:
        before: the first run.
        measured: accuracies, and the changes of loss after the second run's fit.
        predicted: the change of every test loss by the scores, ``(m,)`` nats; None where the second run is no change of the first.
    """

    before: Run
    measured: Comparison
    predicted: np.ndarray | None

    @property
    def fixed(self) -> list[int]:
        """Test images that were wrong before and are right now, the loss that fell most first."""
        return [int(row) for row in self.measured.fixed]

    @property
    def broken(self) -> list[int]:
        """Test images that were right before and are wrong now, the loss that rose most first."""
        return [int(row) for row in self.measured.broken]

    def to_frame(self) -> Frame:
        """Return one row for all test images and one for each class.

        Columns: ``class``; ``images``; ``accuracy_before`` and ``accuracy_after``; ``fixed`` and ``broken`` predictions;
        ``predicted_loss_change`` (missing where nothing was predicted) and ``measured_loss_change``, mean nats.

        >>> ex.compare(run, run.without(why.harmful)).to_frame()  # doctest: +SKIP
        """
        changes = {"all": self.measured.overall} | self.measured.classes
        rows = (
            {
                "class": name,
                "images": changes[name].of,
                "accuracy_before": changes[name].before.value,
                "accuracy_after": changes[name].after.value,
                "fixed": changes[name].fixed,
                "broken": changes[name].broken,
                "predicted_loss_change": None if self.predicted is None else float(self.predicted[members].mean()),
                "measured_loss_change": float(self.measured.loss_change[members].mean()),
            }
            for name, members in class_rows(self.before.test_labels, self.before.class_names).items()
        )
        figures = [
            "accuracy_before",
            "accuracy_after",
            "fixed",
            "broken",
            "predicted_loss_change",
            "measured_loss_change",
        ]
        return frame(rows, ["class", "images", *figures])

    def losses(self) -> Frame:
        """Return one row a test image: ``test_index``, ``label``, and its change of loss, predicted and measured, nats."""
        names, labels, predicted = self.before.class_names, self.before.test_labels, self.predicted
        rows = (
            {
                "test_index": index,
                "label": names[labels[index]],
                "predicted_loss_change": None if predicted is None else float(predicted[index]),
                "measured_loss_change": float(change),
            }
            for index, change in enumerate(self.measured.loss_change)
        )
        return frame(rows, ["test_index", "label", "predicted_loss_change", "measured_loss_change"])

    def _repr_html_(self) -> str:
        return str(self.to_frame()._repr_html_())

    def __repr__(self) -> str:
        all_ = self.measured.overall
        return (
            f"Accuracy {all_.before.value:.4f} → {all_.after.value:.4f} on {all_.of:,} test images: "
            f"{all_.fixed} predictions fixed, {all_.broken} broken"
        )


def compare(before: Explorer, after: Explorer) -> RunComparison:
    """Return what became of the test images from one run to another: predicted beside measured, per class, fixed and broken.

    Raises:
        ExplorerError: the runs were not measured on the same test images with the same labels.

    >>> ex.compare(run, run.relabel({17: "dog"})).fixed  # doctest: +SKIP
    [212]
    """
    return RunComparison(before.run, compare_runs(before.run, after.run), _predicted(before.run, after.run))


def _predicted(before: Run, after: Run) -> np.ndarray | None:
    """Return what the scores of one run predict for another, ``(m,)`` nats; None where that one is no change of it."""
    if isinstance(after, MemoryRun):
        known = after.parent is not None and after.changes is not None and after.parent.id == before.id
        return predicted_by(before, after.changes) if known and after.changes else None
    return predicted_for(after) if after.manifest.base == before.id else None
