"""A run of small-cnn-smooth as far as an explanation of its whole network asks of one."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from explorer.models import SMALL_CNN_SMOOTH


@dataclass(eq=False)
class TinyRun:
    """What an explanation asks of a run."""

    dataset: SimpleNamespace
    train_labels: np.ndarray
    backbone: str = SMALL_CNN_SMOOTH
    id: str = "0123456789abcdef"
    class_names: list = field(default_factory=lambda: ["cat", "dog"])

    @property
    def manifest(self):
        return SimpleNamespace(backbone=self.backbone, recipe={"size": 8, "seed": 3}, refitted=False, finetune="")

    @property
    def test_labels(self):
        return self.dataset.test.labels

    def check_test(self, index):
        return index

    def class_index(self, name):
        return self.class_names.index(name)
