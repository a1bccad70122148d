"""dattri (Deng et al. 2024): TRAK, TracIn, and influence functions by conjugate gradients, Arnoldi, DataInf and EK-FAC."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from dattri.algorithm.influence_function import (
    IFAttributorArnoldi,
    IFAttributorCG,
    IFAttributorDataInf,
    IFAttributorEKFAC,
)
from dattri.algorithm.tracin import TracInAttributor
from dattri.algorithm.trak import TRAKAttributor
from dattri.task import AttributionTask
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from explorer.attribution.whole_network.base import Kind
from tools.peers.peer import BATCH, Peer
from tools.peers.problem import Problem, outputs

# Images whose Hessian is taken at once: the library inverts each batch's own, so the more the better.
TOGETHER = 1000
# A tenth of a typical eigenvalue is the published choice for EK-FAC; the library names none for the others.
DAMPING = 1e-3


class _Dattri(Peer):
    package = "dattri"
    # What is attributed of a training image, and how many of them are given at once.
    training_output: ClassVar[str] = "loss"
    batch: ClassVar[int] = BATCH

    def prepare(self, problem: Problem, folder: Path) -> None:
        self._problem, self._module, self._kind = problem, problem.module(), self.training_output
        self._train = TensorDataset(problem.training.images, problem.training.labels)
        states = [problem.module(epoch).state_dict() for epoch in self._epochs()]
        self._attributor = self._made(AttributionTask(self._loss, self._module, states, target_func=self._target))
        self._cache()

    def _epochs(self) -> list[int]:
        return [-1]

    def _loss(self, parameters: Any, batch: Any) -> Tensor:
        return self._mean(parameters, batch, self.training_output)

    def _target(self, parameters: Any, batch: Any) -> Tensor:
        return self._mean(parameters, batch, self._kind)

    def _mean(self, parameters: dict[str, Tensor], batch: tuple[Tensor, Tensor], kind: str) -> Tensor:
        """Return the mean output of a batch, or of the one picture that some attributors give without a batch."""
        pixels = batch[0].reshape(-1, *self._problem.asked.shape[1:])
        logits = torch.func.functional_call(self._module, parameters, pixels)
        return outputs(logits, batch[1].reshape(-1), kind).mean()

    def _made(self, task: AttributionTask) -> Any:
        raise NotImplementedError

    def _cache(self) -> None:
        self._attributor.cache(DataLoader(self._train, batch_size=self.batch))

    def _asked(self, pixels: Tensor, targets: Tensor) -> DataLoader[Any]:
        return DataLoader(TensorDataset(pixels, targets), batch_size=len(targets))

    def scores(self, pixels: Tensor, targets: Tensor, kind: Kind) -> np.ndarray:
        self._kind = kind
        train = DataLoader(self._train, batch_size=BATCH)
        return self._attributor.attribute(train, self._asked(pixels, targets)).detach().numpy().T


class Trak(_Dattri):
    """One checkpoint, the library's 512 directions or a quarter of the images; the sign and the loss as in traker's row."""

    note = "one checkpoint, at most 512 directions, no ridge"
    training_output = "margin"

    def _made(self, task: AttributionTask) -> TRAKAttributor:
        wide = min(512, self._problem.images // 4)
        self.per_image = 4.0 * (wide + 1)
        return TRAKAttributor(task, self._probability, projector_kwargs={"proj_dim": wide})

    def _probability(self, parameters: dict[str, Tensor], batch: tuple[Tensor, Tensor]) -> Tensor:
        return (-self._mean(parameters, batch, "loss")).exp()

    def scores(self, pixels: Tensor, targets: Tensor, kind: Kind) -> np.ndarray:
        found = -self._attributor.attribute(self._asked(pixels, targets)).detach().numpy().T
        if kind == "margin":
            return found
        with torch.no_grad():
            losses = outputs(self._module(pixels), targets, "loss")
        return found * ((-losses).exp().numpy()[:, None] - 1)


class Tracin(_Dattri):
    """TracIn over the ends of all epochs, of whole gradients: without settings the library projects them."""

    note = "ends of all epochs, weighed by the epoch's learning rates, not projected"

    def _epochs(self) -> list[int]:
        return list(range(len(self._problem.ends)))

    def _made(self, task: AttributionTask) -> TracInAttributor:
        given = {"normalized_grad": False, "projector_kwargs": {"proj_type": "identity"}}
        return TracInAttributor(task, torch.tensor(self._problem.rates), **given)

    def _cache(self) -> None:
        self._attributor.cache()


class ConjugateGradients(_Dattri):
    """Ten steps of conjugate gradients, as shipped."""

    note = f"10 steps, damping {DAMPING:g}, Hessian of {TOGETHER} images at a time"
    batch = TOGETHER

    def _made(self, task: AttributionTask) -> IFAttributorCG:
        return IFAttributorCG(task, regularization=DAMPING)


class Arnoldi(_Dattri):
    """The Hessian's leading directions."""

    note = f"100 steps and directions as shipped, damping {DAMPING:g}"
    batch = TOGETHER

    def _made(self, task: AttributionTask) -> IFAttributorArnoldi:
        return IFAttributorArnoldi(task, regularization=DAMPING)


class DataInf(_Dattri):
    """The mean of inverses of single images' damped outer products (Kwon et al. 2024)."""

    note = "damping 0.1, the paper's; 0 as shipped divides by zero"

    def _made(self, task: AttributionTask) -> IFAttributorDataInf:
        return IFAttributorDataInf(task, regularization=0.1)


class EkFac(_Dattri):
    """EK-FAC of linear layers; convolutions are not built."""

    note = "last layer alone: the library takes linear layers; not along eigenvectors, the bias out of place (findings)"

    def _made(self, task: AttributionTask) -> IFAttributorEKFAC:
        return IFAttributorEKFAC(task, damping=DAMPING)


METHODS = {
    "dattri TRAK": Trak,
    "dattri TracIn": Tracin,
    "dattri influence, conjugate gradients": ConjugateGradients,
    "dattri influence, Arnoldi": Arnoldi,
    "dattri DataInf": DataInf,
    "dattri EK-FAC": EkFac,
}
