"""A row of scores asked of shards: each answers with its leaders, proved, and with how its scores are spread; the answers are merged."""

import json
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from explorer.attribution import ESTIMATORS, Scorer, Tests, estimator
from explorer.attribution.row import leaders, proved_row
from explorer.attribution.scoring import read_scores
from explorer.core.object_store import forgotten, found, name_of, path_of
from explorer.engine import Answers, Arrays, Engine, Task, kept_array
from explorer.models.head import contrasts
from explorer.shards import ShardedRows, Table
from explorer.shards.table import shards_of

# Bounds of a histogram that fits scores of any size, so that those of shards can be added: four bins an octave, both signs.
SIZES = 2.0 ** np.arange(-60, 20.25, 0.25)
EDGES = np.concatenate([[-np.inf], -SIZES[::-1], [0.0], SIZES, [np.inf]])


@dataclass(frozen=True, eq=False)
class AskedRow:
    """What shards say of the scores of one test image.

    Attributes:
        helpful: rows of the strongest positive scores, strongest first.
        harmful: rows of the strongest negative scores, strongest first.
        helpful_scores: as the estimator defines them, in float64.
        harmful_scores: the same.
        counts: of all n scores, between neighbours of :data:`EDGES`; from the first scan.
        error: how far a score of the first scan can be off, proved.
        residual: of an iterative estimator's solution; None where a factor solves exactly.
    """

    helpful: np.ndarray
    harmful: np.ndarray
    helpful_scores: np.ndarray
    harmful_scores: np.ndarray
    counts: np.ndarray
    error: float
    residual: float | None = None


@dataclass(frozen=True, eq=False)
class Asker:
    """A scorer whose rows an engine computes.

    Attributes:
        scorer: of a head over shards; its row must be linear in few numbers of each image (:attr:`Scorer.few_products`).
        engine: whose workers see the table.
        work: a folder that they see, for coefficients (n · K numbers, once) and questions.
    """

    scorer: Scorer
    engine: Engine
    work: Path
    _files: dict[int, str] = field(default_factory=dict, repr=False)

    @cached_property
    def method(self) -> str:
        """The name by which a worker finds the estimator."""
        return next(name for name, known in ESTIMATORS.items() if known == self.scorer.estimator)

    @cached_property
    def table(self) -> Table:
        """Of the features."""
        features = self.scorer.head.train_features
        assert isinstance(features, ShardedRows)
        features.table.offer()
        return features.table

    def row(self, features: np.ndarray, target: int, top: int) -> AskedRow:
        """Return the leaders of one test image ``(d,)``, ``top`` a side: the same as :meth:`Scorer.row` finds, in the same order."""
        test = self.scorer.tests(features[None], np.array([target]))
        coefficients, vectors, residual = self.scorer.linear(test)
        sign = self.scorer.direction(test)
        question = kept_array(self.work, np.concatenate([test.probabilities[0], (sign * vectors).ravel()]))
        told = {"estimator": self.method, "target": target, "sign": sign, "top": top, "columns": self.table.columns}
        folder, file = name_of(self.table.folder), self._file(coefficients)
        tasks = [
            Task(shard_row, (folder, place, shard.start, file, question, json.dumps(told | {"shard": shard.to_dict()})))
            for place, shard in enumerate(self.table.shards)
        ]
        try:
            return self.engine.ask(tasks, partial(_merged, top=top, residual=residual))
        finally:
            path_of(question).unlink(missing_ok=True)
            forgotten(path_of(question))

    def _file(self, coefficients: np.ndarray) -> str:
        """Return the file of coefficients; those of the estimator are written once."""
        if coefficients is not self.scorer.coefficients:
            return kept_array(self.work, coefficients)
        if 0 not in self._files:
            self._files[0] = kept_array(self.work, coefficients)
        return self._files[0]


def shard_row(folder: str, place: int, start: int, coefficients: str, question: str, told: str) -> Arrays:
    """Return ``rows`` and ``scores`` of one shard's leaders of both signs, ``counts`` ``(len(EDGES) − 1,)`` and the ``error`` of its scan."""
    asked, how = np.load(found(question)), json.loads(told)
    features = ShardedRows(Table(path_of(folder), how["columns"], shards_of([how["shard"]]), first=place))
    own = np.asarray(np.load(found(coefficients), mmap_mode="r")[start : start + len(features)])
    vectors = asked[-own.shape[1] * features.shape[1] :].reshape(own.shape[1], -1)
    probabilities = asked[: len(asked) - vectors.size]
    targets = np.array([how["target"]])
    test = Tests(vectors[:1], probabilities[None], targets, contrasts(len(probabilities)))
    score = partial(read_scores, estimator(how["estimator"]), sign=how["sign"], test=test)
    row = proved_row(features, own, vectors, score, how["top"], None)
    rows = np.concatenate([row.helpful, row.harmful])
    # NumPy counts the last bound in, the others out
    counts = np.histogram(row.scores, EDGES)[0]
    return {"rows": start + rows, "scores": row.scores[rows], "counts": counts, "error": np.array([row.error])}


def _merged(answers: Answers, top: int, residual: float | None) -> AskedRow:
    """Return the leaders of all shards; shards stand in the order of their rows, so of equal scores the first row leads."""
    rows, scores = (np.concatenate([answer[name] for answer in answers]) for name in ("rows", "scores"))
    order = np.argsort(rows, kind="stable")
    rows, scores = rows[order], scores[order]
    helpful, harmful = leaders(scores, top)
    counts = np.sum([answer["counts"] for answer in answers], axis=0)
    error = max(float(answer["error"][0]) for answer in answers)
    return AskedRow(rows[helpful], rows[harmful], scores[helpful], scores[harmful], counts, error, residual)
