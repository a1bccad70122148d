"""captum's ``captum.influence``: TracInCP, Arnoldi's influence functions, exact influence of the last layer, similarity."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from captum.influence import SimilarityInfluence, TracInCP, TracInCPFast
from captum.influence._core.arnoldi_influence_function import ArnoldiInfluenceFunction
from captum.influence._core.influence_function import NaiveInfluenceFunction
from captum.influence._core.similarity_influence import cosine_similarity
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from explorer.attribution.whole_network.base import Kind
from tools.peers.peer import BATCH, Peer, file_bytes
from tools.peers.problem import Problem, outputs


class _Output(nn.Module):
    """What is asked, as a loss of each picture or of all; the kind is set before each question."""

    kind = "loss"

    def __init__(self, reduction: str) -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        found = outputs(logits, labels, self.kind)
        return found.sum() if self.reduction == "sum" else found


class _Captum(Peer):
    package = "captum"
    reduction: ClassVar[str] = "none"

    def prepare(self, problem: Problem, folder: Path) -> None:
        self._problem, self._folder, self._module = problem, folder, problem.module()
        self._train = TensorDataset(problem.training.images, problem.training.labels)
        self._checkpoints = [self._written(epoch) for epoch in range(len(problem.ends))]
        self._output = _Output(self.reduction)
        given: dict[str, Any] = {"checkpoints_load_func": self._loaded, "batch_size": BATCH}
        given |= {"loss_fn": nn.CrossEntropyLoss(reduction=self.reduction), "test_loss_fn": self._output}
        self._influence = self._made(given)
        self.once = file_bytes(folder)

    def _written(self, epoch: int) -> str:
        path = self._folder / f"epoch{epoch}.pt"
        torch.save(self._problem.module(epoch).state_dict(), path)
        return str(path)

    def _loaded(self, module: nn.Module, path: str) -> float:
        """Load a checkpoint and return its learning rate, as TracIn wants it."""
        module.load_state_dict(torch.load(path, weights_only=True))
        return self._problem.rates[self._checkpoints.index(path)]

    def _made(self, given: dict[str, Any]) -> Any:
        raise NotImplementedError

    def scores(self, pixels: Tensor, targets: Tensor, kind: Kind) -> np.ndarray:
        self._output.kind = kind
        return self._influence.influence((pixels, targets), show_progress=False).detach().numpy()


class Tracin(_Captum):
    """TracIn over the ends of all epochs, all layers."""

    note = "ends of all epochs, weighed by the epoch's learning rates; Adam's metric is not there"

    def _made(self, given: dict[str, Any]) -> TracInCP:
        return TracInCP(self._module, self._train, self._checkpoints, **given)


class TracinLast(_Captum):
    """TracIn of the last layer alone."""

    note = "last layer alone, ends of all epochs"
    reduction = "sum"

    def _made(self, given: dict[str, Any]) -> TracInCPFast:
        return TracInCPFast(self._module, self._module.last, self._train, self._checkpoints, **given)


class Arnoldi(_Captum):
    """Influence functions in the Hessian's leading directions (Schioppa et al. 2022), the library's settings."""

    note = "50 directions of the Hessian, settings as shipped"

    def _made(self, given: dict[str, Any]) -> ArnoldiInfluenceFunction:
        given |= {"show_progress": False}
        return ArnoldiInfluenceFunction(self._module, self._train, self._checkpoints[-1], **given)


class Naive(_Captum):
    """Influence functions with the exact Hessian of the last layer."""

    note = "last layer alone, its exact Hessian, settings as shipped"

    def _made(self, given: dict[str, Any]) -> NaiveInfluenceFunction:
        given |= {"show_progress": False, "layers": ["last"]}
        return NaiveInfluenceFunction(self._module, self._train, self._checkpoints[-1], **given)


class Similarity(Peer):
    """Cosine similarity of features, signed by whether the labels agree: what neighbours say."""

    package = "captum"
    note = "cosine of what the last layer reads, positive where the labels agree"

    def prepare(self, problem: Problem, folder: Path) -> None:
        self._problem, pictures = problem, TensorDataset(problem.training.images)
        given: dict[str, Any] = {
            "model_id": "peer",
            "similarity_metric": cosine_similarity,
            "batch_size": problem.images,
        }
        layers = ["mean", "last"]  # of one layer alone 0.9.0 fails
        self._similarity = SimilarityInfluence(problem.module(), layers, pictures, str(folder), **given)
        self._similarity.influence(problem.asked[:1], top_k=1)  # writes the features
        self.per_image = file_bytes(folder) / problem.images

    def scores(self, pixels: Tensor, targets: Tensor, kind: Kind) -> np.ndarray:
        rows, values = self._similarity.influence(pixels, top_k=self._problem.images)["mean"]
        found = torch.empty_like(values).scatter_(1, rows, values)
        agree = targets[:, None] == self._problem.training.labels[None]
        return (found * torch.where(agree, 1.0, -1.0)).numpy() * (1 if kind == "loss" else -1)


METHODS = {
    "captum TracInCP": Tracin,
    "captum TracInCPFast": TracinLast,
    "captum Arnoldi": Arnoldi,
    "captum exact Hessian of the last layer": Naive,
    "captum similarity": Similarity,
}
