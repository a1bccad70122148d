"""The figures of the papers' experiments, by the experiment's name. A new one is one file and one line here.

A file has ``figures(found) -> list[Drawn]``, with ``found`` the experiment's result as it is kept (``ours``, ``pictures`` and
``found`` in it are drawn by the page: :meth:`explorer.experiments.Experiment.measure`). No Streamlit, no run, no files.
"""

from collections.abc import Callable
from typing import Any

from explorer.figures.experiments import (
    artefact,
    cook_weisberg,
    domain_mismatch,
    fix_mislabels,
    group_effects,
    koh_liang_fig2,
    large_leverage,
    remove_helpful,
    saliency,
    seeds,
    training_attack,
    two_models,
)
from explorer.figures.experiments.base import Drawn

__all__ = ["FIGURES", "Drawn"]

FIGURES: dict[str, Callable[[dict[str, Any]], list[Drawn]]] = {
    "koh-liang-fig2": koh_liang_fig2.figures,
    "two-models": two_models.figures,
    "fix-mislabels": fix_mislabels.figures,
    "cook-weisberg": cook_weisberg.figures,
    "large-leverage": large_leverage.figures,
    "group-effects": group_effects.figures,
    "seeds": seeds.figures,
    "training-attack": training_attack.figures,
    "domain-mismatch": domain_mismatch.figures,
    "saliency": saliency.figures,
    "remove-helpful": remove_helpful.figures,
    "artefact": artefact.figures,
}
