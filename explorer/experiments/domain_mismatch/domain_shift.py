"""A run whose training set is given a shift: pictures under red light, of which one class is nearly left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from explorer.attribution import Curvature, Scorer, estimator
from explorer.core.checksums import digest
from explorer.core.progress import Progress
from explorer.datasets.pictures import Pictures
from explorer.evaluation.refit import TOLERANCE, refit_without
from explorer.evaluation.sensitivity import FeatureRefit
from explorer.experiments.domain_mismatch.attributes import extremes, red_light
from explorer.models.backbones import extract_features
from explorer.models.head import Head
from explorer.models.standardisation import standardised
from explorer.runs.network_view import check_frozen, train_pictures, view_of
from explorer.runs.run import Run

# Random groups that stand beside the planted one.
RANDOM = 1000


@dataclass(frozen=True)
class RedLight:
    """Pictures under red light."""

    pictures: Pictures

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> Image.Image:
        return red_light(self.pictures[index])

    def ids(self) -> list[str]:
        """Return hashes of the pictures and the light."""
        return [digest(f"red light {known}".encode())[:16] for known in self.pictures.ids()]


@dataclass(frozen=True, eq=False)
class DomainShift:
    """The planted shift, as a head sees it.

    Attributes:
        run: whose features and λ they are; it stays as it is.
        common: training rows of the run's last class that are put under red light.
        rare: as many of its first class; ``kept`` of them are put under red light too, the others stay as they are, so that
            the training set holds next to none of them.
        kept: how many.
        tests: test images of the first class, all under red light.
        lit_train: features ``(2k, d)`` of common and rare under red light.
        lit_tests: features ``(m, d)`` of the tests.
    """

    run: Run
    common: np.ndarray
    rare: np.ndarray
    kept: int
    tests: np.ndarray
    lit_train: np.ndarray
    lit_tests: np.ndarray

    @staticmethod
    def of(run: Run, planted: int, kept: int, tests: int, seed: int, progress: Progress) -> "DomainShift":
        """Return a shift drawn by ``seed``.

        Raises:
            ExplorerError: the run's network was trained on its pictures.
        """
        check_frozen(run)
        rng, view, last = np.random.default_rng(seed), view_of(run, progress), len(run.class_names) - 1
        common, rare = (rng.permutation(np.flatnonzero(run.train_labels == label))[:planted] for label in (last, 0))
        chosen = np.sort(rng.permutation(np.flatnonzero(run.test_labels == 0))[:tests])

        def lit(pictures: Pictures, rows: Sequence[int]) -> np.ndarray:
            return standardised(
                extract_features(view.network, RedLight(pictures), rows, view.how), view.mean, view.deviation
            )

        train = lit(train_pictures(run), [*common.tolist(), *rare.tolist()])
        return DomainShift(run, common, rare, kept, chosen, train, lit(run.dataset.test.pictures, chosen.tolist()))

    def _head(self, kept: int) -> Head:
        """Return the head when so many of the rare pictures are under red light."""
        features, planted = np.array(self.run.head.train_features), len(self.common)
        features[self.common] = self.lit_train[:planted]
        features[self.rare[:kept]] = self.lit_train[planted : planted + kept]
        return FeatureRefit(self.run.curvature).refit(features, self.run.head, TOLERANCE)

    @cached_property
    def curvature(self) -> Curvature:
        """Of the head on the shifted training set."""
        return Curvature(self._head(self.kept))

    @cached_property
    def wrong(self) -> np.ndarray:
        """Which of the tests go wrong, as places."""
        return np.flatnonzero(self.curvature.head.logits(self.lit_tests).argmax(axis=1) != 0)

    @cached_property
    def scores(self) -> np.ndarray:
        """Mean score of each training image over the wrong tests ``(n,)`` nats; positive is helpful."""
        scorer = Scorer(self.curvature, estimator("newton"))
        features = self.lit_tests[self.wrong]
        return scorer.exact(scorer.tests(features, np.zeros(len(features), dtype=np.int64))).mean(axis=1)

    @property
    def planted(self) -> np.ndarray:
        """All training rows under red light."""
        return np.concatenate([self.common, self.rare[: self.kept]])

    def accuracies(self) -> dict[str, float]:
        """Return the accuracy on the tests: with the shift, and with as many rare as common pictures under red light."""
        heads = {"accuracy_shifted": self.curvature.head, "accuracy_balanced": self._head(len(self.rare))}
        return {name: float((head.logits(self.lit_tests).argmax(axis=1) == 0).mean()) for name, head in heads.items()}

    def group_sums(self) -> list[dict[str, float | int | str]]:
        """Return the summed score of every group, the strongest first: attribute by class, and the planted ones."""
        names, labels = self.run.class_names, self.run.train_labels
        groups = {f"under red light, {names[-1]}": self.common, f"under red light, {names[0]}": self.rare[: self.kept]}
        others = np.setdiff1d(np.arange(len(labels)), self.planted).tolist()
        for attribute, rows in extremes(train_pictures(self.run), others).items():
            groups |= {f"{attribute}, {name}": rows[labels[rows] == label] for label, name in enumerate(names)}
        sums = [(name, float(self.scores[rows].sum()), len(rows)) for name, rows in groups.items() if len(rows)]
        sums.sort(key=lambda group: -abs(group[1]))
        return [{"group": name, "sum": total, "images": count} for name, total, count in sums]

    def random_sums(self, seed: int) -> np.ndarray:
        """Return summed scores of random groups of the common class, as large as the planted one."""
        rows = np.setdiff1d(np.flatnonzero(self.run.train_labels == len(self.run.class_names) - 1), self.common)
        rng, count = np.random.default_rng(seed), min(len(self.common), len(rows))
        return np.array([self.scores[rng.choice(rows, count, replace=False)].sum() for _ in range(RANDOM)])

    def refit_without_planted(self, seed: int) -> dict[str, float]:
        """Return what really happens to the wrong tests without the planted common images, and without as many others."""
        others = np.setdiff1d(np.flatnonzero(self.run.train_labels == len(self.run.class_names) - 1), self.common)
        control = np.random.default_rng(seed).choice(others, min(len(self.common), len(others) - 1), replace=False)
        features, head = self.lit_tests[self.wrong], self.curvature.head
        labels, changes = np.zeros(len(features), dtype=np.int64), {}
        before = head.losses(features, labels).mean()
        weights = refit_without(self.curvature, [self.common, control])
        for name, changed in zip(("planted", "random"), weights, strict=True):
            after = Head(head.train_features, head.train_labels, changed, head.l2)
            changes[f"measured_{name}"] = float(after.losses(features, labels).mean() - before)
            changes[f"mended_{name}"] = float((after.logits(features).argmax(axis=1) == 0).mean())
        return changes
