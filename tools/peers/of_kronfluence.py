"""kronfluence (Grosse et al. 2023): EK-FAC of convolutions and linear layers; norms have no part."""

import logging
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from kronfluence.analyzer import Analyzer, prepare_model
from kronfluence.arguments import FactorArguments, ScoreArguments
from kronfluence.task import Task
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import TensorDataset

from explorer.attribution.whole_network.base import Kind
from tools.peers.peer import BATCH, Peer, file_bytes
from tools.peers.problem import Problem, outputs


class _Asked(Task):
    """Losses are summed, as the library wants them; what is asked is set before each query."""

    kind = "loss"

    def compute_train_loss(self, batch: Any, model: nn.Module, sample: bool = False) -> Tensor:
        pixels, labels = batch
        logits = model(pixels)
        if sample:
            labels = torch.multinomial(logits.detach().softmax(-1), 1).flatten()
        return functional.cross_entropy(logits, labels, reduction="sum")

    def compute_measurement(self, batch: Any, model: nn.Module) -> Tensor:
        return outputs(model(batch[0]), batch[1], self.kind).sum()


class EkFac(Peer):
    """EK-FAC with the library's own heuristic for the damping, a tenth of the mean eigenvalue."""

    package = "kronfluence"
    note = "true Fisher, damping 0.1 × mean eigenvalue; convolutions and last layer, norms have no part; no unit"
    damping: ClassVar[float | None] = None

    def prepare(self, problem: Problem, folder: Path) -> None:
        torch.manual_seed(0)  # the Fisher's labels are drawn
        self._task = _Asked()
        self._train = TensorDataset(problem.training.images, problem.training.labels)
        model = prepare_model(problem.module(), self._task)
        quiet = {"log_level": logging.ERROR, "disable_tqdm": True}
        self._analyzer = Analyzer("peer", model, self._task, cpu=True, output_dir=str(folder), **quiet)
        given = {"per_device_batch_size": BATCH, "overwrite_output_dir": True}
        self._analyzer.fit_all_factors("factors", self._train, factor_args=FactorArguments(), **given)
        self.once = file_bytes(folder)

    def scores(self, pixels: Tensor, targets: Tensor, kind: Kind) -> np.ndarray:
        self._task.kind = kind
        given = {
            "per_device_query_batch_size": len(targets),
            "per_device_train_batch_size": BATCH,
            "overwrite_output_dir": True,
        }
        arguments = ScoreArguments(damping_factor=self.damping)
        data = (TensorDataset(pixels, targets), self._train)
        self._analyzer.compute_pairwise_scores("scores", "factors", *data, score_args=arguments, **given)
        return self._analyzer.load_pairwise_scores("scores")["all_modules"].numpy()


class EkFacAsShipped(EkFac):
    """The same with the damping that is there if nobody chooses one."""

    note = "the same, damping 1e-8 as shipped"
    damping = 1e-8


METHODS = {"kronfluence EK-FAC": EkFac, "kronfluence, damping as shipped": EkFacAsShipped}
