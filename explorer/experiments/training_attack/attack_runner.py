"""One attack on a run's training pictures: searched, saved as pictures of eight bits, and judged by a real refit."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from explorer.core.files import writing
from explorer.core.progress import Progress
from explorer.datasets.pictures import Pictures
from explorer.evaluation.sensitivity import FeatureRefit, margin
from explorer.experiments.training_attack.attack import (
    Attack,
    Target,
    flip_prediction,
    fresh_build,
    random_change,
    refit_on_files,
)
from explorer.models.pixels import FeaturePipeline
from explorer.runs.network_view import check_frozen, train_pictures, view_of
from explorer.runs.run import Run


@dataclass(frozen=True, eq=False)
class AttackRunner:
    """Makes attacks on the training pictures of one run.

    Attributes:
        run: whose training pictures are changed; it stays as it is.
        folder: for the changed pictures.
        progress: told where weights must be fetched.
    """

    run: Run
    folder: Path
    progress: Progress

    @cached_property
    def pictures(self) -> Pictures:
        """The training pictures."""
        return train_pictures(self.run)

    @cached_property
    def _view(self) -> FeaturePipeline:
        check_frozen(self.run)
        return view_of(self.run, self.progress)

    def attack(self, index: int, attack: Attack) -> dict[str, Any]:
        """Return which images were changed to flip a test prediction, and what the really refitted head then says.

        ``changed`` is how many; ``flips`` whether the label is another after they were read back from their files;
        ``flips_by_chance`` whether it is after the same pictures were changed as much without aim; ``flips_afresh`` whether
        it is after a fresh build, which standardises and chooses λ anew.
        """
        features, label = np.asarray(self.run.test_features[index]), int(self.run.predicted[index])
        target = Target(features, label, self.pictures, self._view, FeatureRefit(self.run.curvature))
        steps = flip_prediction(target, attack)
        prefix = f"reach-{attack.reach}-test-{index}"
        files = {step.row: self._save(f"{prefix}-train-{step.row}", step.levels) for step in steps}
        noise = {row: random_change(self.pictures[row], attack.reach, row) for row in files}
        control = {row: self._save(f"{prefix}-control-{row}", np.asarray(picture)) for row, picture in noise.items()}
        after = refit_on_files(target, files)
        fresh, test = fresh_build(target, after)
        return {
            "test": index,
            "label": self.run.class_names[label],
            "changed": len(steps),
            "margin_before": margin(self.run.head, features, label),
            "margin_after": margin(after, features, label),
            "probability_before": float(self.run.test_probabilities[index, label]),
            "probability_after": float(after.probabilities(features[None])[0, label]),
            "flips": margin(after, features, label) < 0,
            "flips_by_chance": margin(refit_on_files(target, control), features, label) < 0,
            "flips_afresh": margin(fresh, test, label) < 0,
            "l2_afresh": fresh.l2,
            "accuracy_after": float((after.logits(self.run.test_features).argmax(1) == self.run.test_labels).mean()),
            "images": [self._image(row, path) for row, path in files.items()],
        }

    def _image(self, row: int, path: Path) -> dict[str, Any]:
        before, after = np.asarray(self.pictures[row]).astype(int), np.asarray(Image.open(path)).astype(int)
        change = np.abs(after - before)
        names = self.run.class_names
        return {
            "train": row,
            "label": names[self.run.train_labels[row]],
            "file": path.name,
            "largest_change": int(change.max()),
            "mean_change": float(change.mean()),
        }

    def _save(self, name: str, levels: np.ndarray) -> Path:
        path = self.folder / f"{name}.png"
        with writing(path) as temporary:
            Image.fromarray(levels).save(temporary, "PNG")
        return path
