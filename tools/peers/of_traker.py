"""traker, the TRAK authors' own library (Park et al. 2023), on the processor."""

import logging
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from trak import TRAKer

from explorer.attribution.whole_network.base import Kind
from tools.peers.peer import BATCH, Peer
from tools.peers.problem import Problem, outputs


class Trak(Peer):
    """One checkpoint, float32, no more directions than a quarter of the images.

    TRAK's output is the margin log p/(1 − p), whose loss is log(1 + e^−margin): scores of losses are those of margins times p − 1.
    """

    package = "traker"
    note = "one checkpoint, float32, no ridge; size arbitrary by its own scaling"
    ridge: ClassVar[float] = 0.0
    most: ClassVar[int] = 512
    # On the processor the library forgets a projection of up to 100 directions before it is asked.
    fewest: ClassVar[int] = 101

    def prepare(self, problem: Problem, folder: Path) -> None:
        self._folder, self._module, self._images, self._asked = folder, problem.module(), problem.images, 0
        self._wide = max(self.fewest, min(self.most, problem.images // 4))
        given: dict[str, Any] = {"use_half_precision": False, "proj_dim": self._wide, "lambda_reg": self.ridge}
        given |= {"device": "cpu", "save_dir": str(folder), "logging_level": logging.ERROR}
        self._traker = TRAKer(self._module, "image_classification", problem.images, **given)
        self._traker.load_checkpoint(self._module.state_dict(), model_id=0)
        training = problem.training
        for batch in zip(training.images.split(BATCH), training.labels.split(BATCH), strict=True):
            self._traker.featurize(batch, num_samples=len(batch[1]))
        self._traker.finalize_features()
        self.per_image = 4.0 * (self._wide + 1)  # float32: features and the weight of each image's loss

    def scores(self, pixels: Tensor, targets: Tensor, kind: Kind) -> np.ndarray:
        self._asked += 1
        name = f"asked{self._asked}"
        self._traker.start_scoring_checkpoint(name, self._module.state_dict(), model_id=0, num_targets=len(targets))
        self._traker.score((pixels, targets), num_samples=len(targets))
        found = np.array(self._traker.finalize_scores(exp_name=name)).T
        return found * self._sign(pixels, targets, kind)

    def _sign(self, pixels: Tensor, targets: Tensor, kind: str) -> np.ndarray:
        """Return −1, what removal does to a margin, or 1 − p, what it does to a loss ``(k, 1)``."""
        if kind == "margin":
            return -np.ones((len(targets), 1), dtype=np.float32)
        with torch.no_grad():
            losses = outputs(self._module(pixels), targets, "loss")
        return 1 - (-losses).exp().numpy()[:, None]


METHODS = {"traker TRAK": Trak}
