"""A whole small network, trained on after one image was left out, and what influence predicts of that.

The network has the layers of ``small-cnn``, but smooth (softplus for ReLU; the paper's has tanh) and narrower (the paper's has 8
channels a layer). It has no batch norms: through them an image acts on the features of others. Pictures are neither mirrored nor
shifted, and weights are penalised in the risk R(w) = (1/n) Σ loss_i + (λ/2)‖w‖² itself.

Training goes on from the trained weights in batches of the same order for all, as the paper's code does (500 images for 30,000
steps), or with all images in every step.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice

import torch
from torch import Tensor, nn
from torch.func import functional_call, jvp, vjp
from torch.nn import functional

from explorer.core.progress import Progress, silent
from explorer.models import small_cnn

Weights = dict[str, Tensor]
# Softplus with this sharpness is ReLU but for a tenth around 0, and has a curvature everywhere.
SHARPNESS = 5.0
# Pictures a pass through the network where all are needed; more would not be faster and take 1 GB.
CHUNK = 250
# Conjugate gradients stop at this relative residual, or after so many products with the curvature.
RESIDUAL, PRODUCTS = 1e-3, 100


@dataclass(frozen=True)
class Schedule:
    """How the network is trained, and trained on.

    Attributes:
        epochs: of Adam, with one cycle of the learning rate up to ``rate``, on ``batch`` images a step.
        settling: steps of gradient descent with momentum after them, on all images.
        steps: of the same descent after an image was left out.
        pace: the learning rate of the settling; 3.8/pace must be above the largest curvature.
        gently: the learning rate after an image was left out. In batches, steps as large as ``pace`` throw the weights out of
            their valley, and what one image does drowns in that (Pearson 0.10 where ``gently`` gave 0.98).
        part: images a step while training goes on, in an order that ``seed`` decides; all where it is 0.
        l2: λ.
        narrower: how many times thinner than ``small-cnn`` each layer is.
        seed: of first weights and of the order of images.
    """

    epochs: int = 60
    rate: float = 3e-3
    batch: int = 100
    settling: int = 150
    steps: int = 40
    pace: float = 6e-3
    gently: float = 1e-3
    momentum: float = 0.9
    part: int = 0
    l2: float = 5e-3
    narrower: int = 4
    seed: int = 0

    @property
    def damping(self) -> float:
        """What so few steps cannot resolve: (1 − momentum)/(gently · steps).

        After k steps gradient descent has answered a small push g with ((1 − (1 − ηh)ᵏ)/h) g in a direction of curvature h,
        which is g/(h + 1/(ηk)) where ηkh is small or large.
        """
        return (1 - self.momentum) / (self.gently * self.steps)


@dataclass(frozen=True, eq=False)
class NetworkTraining:
    """Pictures, the network and its schedule.

    Attributes:
        pixels: ``(n, 3, s, s)``, normalised.
        labels: ``(n,)``.
    """

    pixels: Tensor
    labels: Tensor
    classes: int
    schedule: Schedule

    @cached_property
    def network(self) -> nn.Module:
        """The untrained network; its own weights are never changed."""
        plan = self.schedule
        net = network(self.classes, plan.seed, plan.narrower).to(self.pixels.dtype)
        return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's types

    def begin(self) -> Weights:
        """Return the weights before training."""
        return {name: weight.detach().clone() for name, weight in self.network.named_parameters()}

    def logits(self, weights: Weights, pixels: Tensor) -> Tensor:
        """Return ``(b, C)``."""
        return functional_call(self.network, weights, (pixels,))

    def losses(self, weights: Weights, pixels: Tensor, labels: Tensor) -> Tensor:
        """Return ``(b,)`` nats."""
        return functional.cross_entropy(self.logits(weights, pixels), labels, reduction="none")


def network(classes: int, seed: int, narrower: int) -> nn.Module:
    """Return the untrained network: the layers of ``small-cnn``, smooth, without batch norms, each ``narrower`` times thinner."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    widths = [max(1, width // narrower) for width in small_cnn.WIDTHS]
    for before, after in zip((3, *widths), widths, strict=False):
        convolution = nn.Conv2d(before, after, 3, padding=1)
        nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
        layers += [convolution, nn.Softplus(SHARPNESS), nn.MaxPool2d(2)]
    body = nn.Sequential(*layers[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(body, nn.Linear(widths[-1], classes))


def train(training: NetworkTraining, progress: Progress = silent) -> Weights:
    """Return trained weights: Adam on batches, then descent on all images until they hardly move."""
    plan = training.schedule
    weights = {name: weight.requires_grad_() for name, weight in training.begin().items()}
    steps = plan.epochs * -(-len(training.labels) // plan.batch)
    adam = torch.optim.Adam(weights.values(), lr=plan.rate)
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, plan.rate, total_steps=steps)
    for done, rows in zip(range(steps), _batches(training, plan.batch), strict=False):
        adam.zero_grad()
        risk = _risk(training, weights, training.losses(weights, training.pixels[rows], training.labels[rows]))
        risk.backward()
        adam.step()
        cycle.step()
        progress("Training the network", done + 1, steps, {"loss": float(risk.detach())})
    everything = torch.ones(len(training.labels), dtype=training.pixels.dtype)
    return _descended(training, weights, everything, _whole(training, plan.settling), plan.pace, progress)


def continue_training(training: NetworkTraining, weights: Weights, left_out: int | None) -> Weights:
    """Return the weights after ``schedule.steps`` more steps of descent, with one image at weight 0, or none; n stays.

    Every such training sees the same images in the same order, so that two results differ by that image alone.
    """
    plan, shares = training.schedule, torch.ones(len(training.labels), dtype=training.pixels.dtype)
    if left_out is not None:
        shares[left_out] = 0
    seen = islice(_batches(training, plan.part), plan.steps) if plan.part else _whole(training, plan.steps)
    return _descended(training, weights, shares, list(seen), plan.gently, silent)


def _whole(training: NetworkTraining, steps: int) -> list[Tensor]:
    """Return all rows, once for each step."""
    return [torch.arange(len(training.labels))] * steps


def _batches(training: NetworkTraining, size: int) -> Iterator[Tensor]:
    """Yield batches of rows without end, epoch after epoch."""
    generator = torch.Generator().manual_seed(training.schedule.seed)
    while True:
        yield from torch.randperm(len(training.labels), generator=generator).split(size)


def _risk(training: NetworkTraining, weights: Weights, losses: Tensor) -> Tensor:
    """Return the mean of losses ``(b,)`` and the penalty."""
    squares = [(weight**2).sum() for weight in weights.values()]
    return losses.mean() + training.schedule.l2 / 2 * torch.stack(squares).sum()


def _descended(
    training: NetworkTraining, weights: Weights, shares: Tensor, seen: list[Tensor], rate: float, progress: Progress
) -> Weights:
    """Return the weights after gradient descent with momentum on ``seen`` rows, each image's loss times its share ``(n,)``."""
    now = {name: weight.detach().clone().requires_grad_() for name, weight in weights.items()}
    descent = torch.optim.SGD(now.values(), lr=rate, momentum=training.schedule.momentum)
    for done, rows in enumerate(seen):
        descent.zero_grad()
        losses = training.losses(now, training.pixels[rows], training.labels[rows])
        risk = _risk(training, now, shares[rows] * losses)
        risk.backward()
        descent.step()
        progress("Settling", done + 1, len(seen), {"loss": float(risk.detach())})
    return {name: weight.detach() for name, weight in now.items()}


def influence(
    training: NetworkTraining, weights: Weights, pixels: Tensor, label: int, damping: float, progress: Progress = silent
) -> tuple[Tensor, float]:
    """Return first-order scores ``(n,)`` in nats on one test image, and the relative residual of the solution.

    s_i = (1/n) ∇loss(t)ᵀ (G + (λ + δ)I)⁻¹ ∇loss(i), with the Gauss–Newton curvature G of the mean loss in place of the
    Hessian, which is not positive definite away from a minimum (Koh & Liang 2017, eq. 2 and §4.2 on damping).

    Args:
        pixels: of the test image ``(1, 3, s, s)``.
        label: its class.
        damping: δ.
    """
    _ = training.network  # cannot be built inside a transform
    target = torch.tensor([label])
    back = vjp(lambda now: training.losses(now, pixels, target).sum(), weights)[1]
    pull = {name: value.detach() for name, value in back(torch.ones((), dtype=pixels.dtype))[0].items()}
    shift = training.schedule.l2 + damping

    def apply(direction: Weights) -> Weights:
        curved = gauss_newton(training, weights, direction)
        return {name: curved[name] + shift * value for name, value in direction.items()}

    solved, residual = _solved(apply, pull, progress)
    parts = []
    for seen, own in _chunks(training):
        losses = partial(training.losses, pixels=seen, labels=own)
        parts.append(jvp(losses, (weights,), (solved,))[1].detach())
    return torch.cat(parts) / len(training.labels), residual


def gauss_newton(training: NetworkTraining, weights: Weights, direction: Weights) -> Weights:
    """Return G v: (1/n) Σ_i J_iᵀ (diag(p_i) − p_i p_iᵀ) J_i v, with J_i the derivatives of image i's logits."""
    total = {name: torch.zeros_like(value) for name, value in direction.items()}
    for seen, _ in _chunks(training):
        logits = partial(training.logits, pixels=seen)
        value, change = jvp(logits, (weights,), (direction,))[:2]
        p = value.detach().softmax(dim=1)
        rows = p * (change.detach() - (p * change.detach()).sum(dim=1, keepdim=True)) / len(training.labels)
        for name, part in vjp(logits, weights)[1](rows)[0].items():
            total[name] += part.detach()
    return total


def _chunks(training: NetworkTraining) -> Iterator[tuple[Tensor, Tensor]]:
    yield from zip(training.pixels.split(CHUNK), training.labels.split(CHUNK), strict=True)


def _solved(apply: Callable[[Weights], Weights], right: Weights, progress: Progress) -> tuple[Weights, float]:
    """Return x with A x = right by conjugate gradients (Hestenes & Stiefel 1952), and its relative residual."""
    solution = {name: torch.zeros_like(value) for name, value in right.items()}
    residual = {name: value.clone() for name, value in right.items()}
    direction, whole = residual, _dot(right, right)
    strength = whole
    for done in range(PRODUCTS):
        if strength <= RESIDUAL**2 * whole:
            break
        progress("Inverse curvature", done, PRODUCTS)
        image = apply(direction)
        length = strength / _dot(direction, image)
        solution = {name: value + length * direction[name] for name, value in solution.items()}
        residual = {name: value - length * image[name] for name, value in residual.items()}
        renewed = _dot(residual, residual)
        direction = {name: value + renewed / strength * direction[name] for name, value in residual.items()}
        strength = renewed
    progress("Inverse curvature", PRODUCTS, PRODUCTS)
    return solution, (strength / whole) ** 0.5 if whole else 0.0


def _dot(left: Weights, right: Weights) -> float:
    return sum(float((value * right[name]).sum(dtype=torch.float64)) for name, value in left.items())
