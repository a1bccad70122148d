"""The audit of a run's training labels, for a notebook."""

from dataclasses import asdict, dataclass

from explorer.api.frames import Frame, file_name, frame
from explorer.runs.results.audit import AuditResult
from explorer.runs.results.audit_reasons import suspects


@dataclass(frozen=True, eq=False, repr=False)
class LabelAudit:
    """Training images by how doubtful their labels are.

    Attributes:
        result: the queue with its evidence.
    """

    result: AuditResult

    @property
    def caveats(self) -> list[str]:
        """Why this audit says less than another; empty where nothing weakens it."""
        return self.result.caveats

    def to_frame(self, count: int | None = None) -> Frame:
        """Return the queue as a frame, the most doubtful label first; the first ``count`` rows, all by default.

        Columns: ``train_index``, ``file``, ``label``, ``suggested_label`` (the most probable other class), ``score``
        (log-odds, no probability), ``reason`` in words, and ``truly_wrong`` where the truth is known.

        >>> run.audit(trusted="even").to_frame(20)  # doctest: +SKIP
        """
        run, columns = (
            self.result.run,
            ["train_index", "file", "label", "suggested_label", "score", "reason", "truly_wrong"],
        )
        rows = (
            asdict(each)
            | {
                "file": file_name(run, "train", each.train_index),
                "label": run.class_names[run.train_labels[each.train_index]],
            }
            for each in suspects(self.result, count)
        )
        return frame(rows, columns)

    def _repr_html_(self) -> str:
        return str(self.to_frame(20)._repr_html_())

    def __repr__(self) -> str:
        return f"Audit of {len(self.result.score):,} training labels; to_frame() has the queue"
