"""A run and what can be asked of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from explorer.api.frames import Frame, agreement_frame, predictions_frame
from explorer.api.label_audit import LabelAudit
from explorer.api.prediction import ExplainedPrediction
from explorer.core.errors import unknown
from explorer.core.progress import Progress, silent
from explorer.runs import memory_run
from explorer.runs.results import agreement
from explorer.runs.results.audit import audit_run
from explorer.runs.results.explanation import Neighbour, explain
from explorer.runs.run import Run
from explorer.runs.selections import SIDES

# A training image: its index, or the neighbour that an explanation names.
TrainingImage = int | Neighbour


@dataclass(frozen=True, eq=False, repr=False)
class Explorer:
    """A fitted classifier with its training and test images, on disk or in memory.

    Made by :func:`explorer.load` and :func:`explorer.from_features`. Scores are changes of a test image's loss, in nats, if
    a training image were left out and the last layer fitted again: positive is helpful, negative is harmful.

    Attributes:
        run: arrays, head and estimators.
        name: as it was asked for.
    """

    run: Run
    name: str = ""

    @property
    def id(self) -> str:
        """The hash of everything that determines the run, 16 hexadecimal digits."""
        return self.run.id

    @property
    def class_names(self) -> list[str]:
        """The classes, in the order of the weights' rows."""
        return self.run.class_names

    @property
    def accuracy(self) -> float:
        """Share of the test images that are predicted right."""
        return self.run.manifest.accuracy

    def mistakes(self, label: str | None = None) -> list[int]:
        """Return the misclassified test images of a class, or of all, the most confident mistake first.

        Raises:
            ExplorerError: there is no such class.

        >>> run.mistakes("cat")[0]  # doctest: +SKIP
        31
        """
        row = None if label is None else self.run.class_index(label)
        return [int(index) for index in self.run.confidently_wrong(row)]

    def explain(
        self, test_index: int, method: str | None = None, top: int = 24, target_class: str | None = None
    ) -> ExplainedPrediction:
        """Return the training images that helped and harmed the prediction of a test image.

        Args:
            test_index: row of the test images.
            method: the estimator; ``newton``, or where its factor does not fit ``influence-cg``, where None.
            top: training images a side, at most 1,000.
            target_class: attributed to; the true label where None.

        Raises:
            ExplorerError: the index, method, number or class does not exist.

        >>> run.explain(run.mistakes()[0])  # doctest: +SKIP
        """
        return ExplainedPrediction(self.run, explain(self.run, test_index, method, top, target_class), self.name)

    def without(self, removed: Iterable[TrainingImage]) -> "Explorer":
        """Return what the last layer becomes without some training images: a real refit in memory, nothing is written.

        Standardisation, λ and n of the problem stay as they were. The images of the new run are numbered anew, without gaps.

        Args:
            removed: training indices, or what an explanation lists.

        Raises:
            ExplorerError: an index does not exist, nothing is removed, or a class would be left empty.

        >>> then = run.without(why.harmful)  # doctest: +SKIP
        """
        rows = [each.train_index if isinstance(each, Neighbour) else int(each) for each in removed]
        return Explorer(memory_run.without(self.run, rows), self.name)

    def relabel(self, labels: Mapping[int, str]) -> "Explorer":
        """Return what the last layer becomes with other labels: a real refit in memory, nothing is written.

        Args:
            labels: the new class of each training index.

        Raises:
            ExplorerError: an index or class does not exist, no label changes, or a class would be left empty.

        >>> then = run.relabel({17: "dog"})  # doctest: +SKIP
        """
        return Explorer(memory_run.relabelled(self.run, labels), self.name)

    def audit(self, trusted: str = "all", progress: Progress = silent) -> LabelAudit:
        """Return the training labels in the order in which they deserve a look; a finished audit is read again.

        Args:
            trusted: test images whose labels are taken as right: ``all``, ``even`` (every second), ``marked``, or the path of
                a file of indices.
            progress: told how far it is.

        Raises:
            ExplorerError: the trusted images do not exist or are too few.

        >>> run.audit(trusted="even").to_frame()  # doctest: +SKIP
        """
        return LabelAudit(audit_run(self.run, trusted, progress))

    def trust(self, pairs: int = 2000, subsets: int = 100, progress: Progress = silent) -> Frame:
        """Return how far each method's scores agree with real refits, one row a method; finished stages are read again.

        Columns: ``unit``; correlations and slope of single removals (``pairs_…``) and of groups (``groups_…``), the linear
        datamodeling score on random halves (``subsets_lds``), each with its 95 % interval (``…_low``, ``…_high``).

        Args:
            pairs: training images left out alone, each with a test image.
            subsets: random halves of the training set.
            progress: told how far it is; some minutes at 10,000 images.

        Raises:
            ExplorerError: too few pairs, subsets or training images for a correlation.

        >>> run.trust().loc["newton", "pairs_pearson"]  # doctest: +SKIP
        0.9998
        """
        return agreement_frame(agreement.measure_agreement(self.run, agreement.RemovalSample(pairs, subsets), progress))

    def predictions(self, side: str = "test") -> Frame:
        """Return one row an image, in their order; the columns of ``export --what predictions`` are among these.

        Columns: ``test_index`` (of the other side ``train_index``), ``file``, ``label``, ``predicted``, ``correct``,
        ``probability`` of the predicted class, ``probability_of_label``, ``loss`` of the label in nats; ``index`` and
        ``prediction`` (the same under the names of the files), ``margin`` between the two most probable classes, and one
        ``probability_…`` a class. Of test images ``trusted``; of training images ``leverage``, ``suspect_rank`` where all
        test images were trusted in an audit, ``edit`` and ``edit_label``; of both ``tags`` and ``note``.

        Args:
            side: ``"test"`` or ``"train"``.

        Raises:
            ExplorerError: there is no such side.

        >>> run.predictions().groupby("label").correct.mean()  # doctest: +SKIP
        """
        if side not in SIDES:
            raise unknown("side", side, list(SIDES))
        return predictions_frame(self.run, side)

    def __repr__(self) -> str:
        manifest, run = self.run.manifest, self.name or self.id
        counts = f"{manifest.n_train:,} training and {manifest.n_test:,} test images"
        return f"Run {run} of {manifest.title}: {counts}, classes {', '.join(self.class_names)}, accuracy {self.accuracy:.4f}"
