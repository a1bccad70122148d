"""Averages of weights that are none yet: copies of a network from before its training, or without what batch norms measure."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from explorer.models.custom.fitting.tensor_names import COUNTER, plain_name
from explorer.models.custom.fitting.weight_fits import WeightFit
from explorer.models.custom.fitting.weight_sets import COUNT

# Last parts of the names of numbers that are 0 until an average is begun: torch's and ema_pytorch's.
BEGINNINGS = (COUNT, "initted")
NOT_BEGUN = "is not begun: it holds the network as it was before training"
NOT_MEASURED = "lacks what batch normalisation measures, which torch.optim.swa_utils.update_bn(images, model) gives it"


def unready_averages(
    fits: list[WeightFit], read: Callable[[Mapping[str, Any]], dict[str, Tensor]]
) -> dict[WeightFit, str]:
    """Return the averages that are of no use yet, each with the reason.

    Args:
        fits: all sets that fit.
        read: makes numbers of what a file holds by name.
    """
    averages = [fit for fit in fits if fit.averaged]
    plain = any(_measured(fit, read) for fit in fits if not fit.averaged) if averages else False
    reasons = {fit: NOT_BEGUN if not _begun(fit, read) else "" for fit in averages}
    reasons |= {fit: NOT_MEASURED for fit in averages if plain and not reasons[fit] and not _measured(fit, read)}
    return {fit: reason for fit, reason in reasons.items() if reason}


def _begun(fit: WeightFit, read: Callable[[Mapping[str, Any]], dict[str, Tensor]]) -> bool:
    """Return whether weights went into an average, as far as its file counts them."""
    own = {
        name: value
        for name, value in fit.found.state.items()
        if name.rpartition(".")[2] in BEGINNINGS and fit.named.prefix.startswith(plain_name(name).rpartition(".")[0])
    }
    return fit.found.begun and all(bool(value.any()) for value in read(own).values())


def _measured(fit: WeightFit, read: Callable[[Mapping[str, Any]], dict[str, Tensor]]) -> bool:
    """Return whether its batch norms have seen pictures; also where it has none, or counts none."""
    counters = {name: value for name, value in fit.named.state.items() if name.endswith(COUNTER)}
    return not counters or any(bool(value.any()) for value in read(counters).values())
