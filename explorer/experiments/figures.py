"""The figures of the papers' experiments, by the experiment's name. A new one is one file and one line here.

A file has ``figures(found) -> list[Drawn]``, with ``found`` the experiment's result as it is kept (``ours``, ``pictures`` and
``found`` in it are drawn by the page: :meth:`explorer.experiments.Experiment.measure`). No Streamlit, no run, no files.
"""

from collections.abc import Callable
from typing import Any

from explorer.experiments.artefact.figure import figures as artefact
from explorer.experiments.cook_weisberg.figure import figures as cook_weisberg
from explorer.experiments.domain_mismatch.figure import figures as domain_mismatch
from explorer.experiments.figure_base import ExperimentFigure
from explorer.experiments.fix_mislabels.figure import figures as fix_mislabels
from explorer.experiments.group_effects.figure import figures as group_effects
from explorer.experiments.koh_liang_fig2.figure import figures as koh_liang_fig2
from explorer.experiments.large_leverage.figure import figures as large_leverage
from explorer.experiments.remove_helpful.figure import figures as remove_helpful
from explorer.experiments.saliency.figure import figures as saliency
from explorer.experiments.seeds.figure import figures as seeds
from explorer.experiments.training_attack.figure import figures as training_attack
from explorer.experiments.two_models.figure import figures as two_models

__all__ = ["FIGURES", "ExperimentFigure"]

FIGURES: dict[str, Callable[[dict[str, Any]], list[ExperimentFigure]]] = {
    "koh-liang-fig2": koh_liang_fig2,
    "two-models": two_models,
    "fix-mislabels": fix_mislabels,
    "cook-weisberg": cook_weisberg,
    "large-leverage": large_leverage,
    "group-effects": group_effects,
    "seeds": seeds,
    "training-attack": training_attack,
    "domain-mismatch": domain_mismatch,
    "saliency": saliency,
    "remove-helpful": remove_helpful,
    "artefact": artefact,
}
