"""Names of tensors as a network has them: what training programs put before, between and beside them is taken away."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.models.custom.files.inert import TensorRecord

# Parts of a name that wrappers add anywhere in it: DataParallel, torch.compile, FSDP, checkpointed layers.
WRAPPED = {"module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
# Batch norms count what they saw; files from before PyTorch 0.4.1 have no such numbers, and nothing here uses them.
COUNTER = "num_batches_tracked"
# Tensors beside a network's own that take no part in what it computes: profilers, averages, losses, scores of training.
BESIDE = re.compile(
    r"(^|\.)(total_ops|total_params|n_averaged|criterion\w*|loss\w*|\w+_loss|metrics?|\w*(acc|accuracy|f1|auroc)|confmat)(\.|$)"
    r"|(^|\.)(pixel_|image_|img_|norm_|input_|_)?(mean|std)$"
)


@dataclass(frozen=True, eq=False)
class NamedTensors:
    """Tensors of a set under the names that a network has for them.

    Attributes:
        state: tensors, or records of them, by the network's names.
        prefix: what stood before each of them, such as ``model.``.
        aside: what was left out, by the names that it had in the set.
    """

    state: dict[str, Any]
    prefix: str = ""
    aside: dict[str, Any] = field(default_factory=dict)


def named_tensors(state: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[NamedTensors]:
    """Yield the ways in which a set's tensors may belong to a network, one for each prefix that leads to its first tensor.

    Args:
        state: of the set, as it was written.
        wanted: the network's own tensors, in their order.
    """
    plain = {plain_name(name): (name, value) for name, value in _unpruned(state).items()}
    known = prefixes(plain, wanted)
    for prefix in known:
        others = tuple(each.removeprefix(prefix) for each in known if each.startswith(prefix) and each != prefix)
        inner = {name.removeprefix(prefix): both for name, both in plain.items() if name.startswith(prefix)}
        own = {name: both for name, both in inner.items() if name in wanted or not _beside(name, others)}
        kept = {original for original, _ in own.values()}
        aside = {name: value for name, (original, value) in plain.items() if original not in kept}
        yield NamedTensors({name: value for name, (_, value) in own.items()}, prefix, aside)


def _beside(name: str, others: tuple[str, ...]) -> bool:
    """Return whether a tensor is none of the network's, or one of another network in the same set."""
    return bool(BESIDE.search(name)) or (bool(others) and name.startswith(others))


def prefixes(names: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Return what may stand before a network's names: what stands before its first one, wherever that is found.

    The first name may also stand inside the network (``conv1.weight``, ``layer1.0.conv1.weight``), so half of all must follow.
    """
    first = next(iter(wanted), "")
    found = [name.removesuffix(first) for name in names if name == first or name.endswith(f".{first}")]
    whole = [prefix for prefix in found if 2 * sum(f"{prefix}{name}" in names for name in wanted) > len(wanted)]
    return whole or [_common(names)]


def _common(names: Mapping[str, Any]) -> str:
    """Return the parts with which every name begins, but for the last part of each."""
    split = [name.split(".")[:-1] for name in names]
    shared = []
    for each in zip(*split, strict=False):
        if len(set(each)) > 1 or each[0] not in ("model", "net", "backbone"):
            break
        shared.append(each[0])
    return "".join(f"{part}." for part in shared)


def plain_name(name: str) -> str:
    """Return a name without the parts that wrappers add to it, as torchvision writes it now."""
    return current_name(".".join(part for part in name.split(".") if part not in WRAPPED))


def current_name(name: str) -> str:
    """Return a tensor's name as torchvision writes it now: ``norm1`` for DenseNet's older ``norm.1``."""
    return re.sub(r"(denselayer.*\.(?:norm|relu|conv))\.([12])\.", r"\1\2.", name)


@dataclass(frozen=True, eq=False)
class Pruned:
    """A weight as pruning keeps it: the numbers, and which of them count."""

    original: Any
    mask: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the weight."""
        return sizes(self.original)

    @property
    def is_held(self) -> bool:
        """Whether both parts have one shape, and their numbers lie in the file."""
        return sizes(self.original) == sizes(self.mask) and is_held(self.original) and is_held(self.mask)


def is_held(value: Any) -> bool:
    """Return whether every number of a tensor lies in the file; one number may also stand for as many as it likes."""
    return not isinstance(value, TensorRecord) or math.prod(value.size) <= value.numbers


def _unpruned(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state whose ``weight_orig`` and ``weight_mask`` are one weight again."""
    joined: dict[str, Any] = {}
    for name, value in state.items():
        stem = name.removesuffix("_orig")
        if stem != name and f"{stem}_mask" in state:
            joined[stem] = Pruned(value, state[f"{stem}_mask"])
        elif not (name.endswith("_mask") and f"{name.removesuffix('_mask')}_orig" in state):
            joined[name] = value
    return joined


def sizes(value: Any) -> tuple[int, ...]:
    """Return the shape of a tensor or record; one that is no plain tensor has none."""
    return tuple(getattr(value, "shape", ()))
