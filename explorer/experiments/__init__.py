"""The papers' experiments, by name. One folder is one paper's experiment: ``experiment.py`` (its claim, parameters and
measurement), the modules of its method, ``figure.py`` and ``text.md``.

A new experiment is a folder, its import and its place in the order below; deleting one is deleting these.
"""

from explorer.experiments.artefact.experiment import Artefact
from explorer.experiments.base import Experiment, PublishedFigure
from explorer.experiments.cook_weisberg.experiment import CookWeisberg
from explorer.experiments.domain_mismatch.experiment import DomainMismatch
from explorer.experiments.fix_mislabels.experiment import FixMislabels
from explorer.experiments.group_effects.experiment import GroupEffects
from explorer.experiments.koh_liang_fig2.experiment import KohLiangFig2
from explorer.experiments.large_leverage.experiment import LargeLeverage
from explorer.experiments.remove_helpful.experiment import RemoveHelpful
from explorer.experiments.saliency.experiment import Saliency
from explorer.experiments.seeds.experiment import Seeds
from explorer.experiments.smooth_training.experiment import SmoothTraining
from explorer.experiments.training_attack.experiment import TrainingAttack
from explorer.experiments.two_models.experiment import TwoModels

__all__ = ["EXPERIMENTS", "Experiment", "PublishedFigure"]

_ALL: tuple[type[Experiment], ...] = (
    KohLiangFig2,
    TwoModels,
    FixMislabels,
    CookWeisberg,
    LargeLeverage,
    GroupEffects,
    Seeds,
    SmoothTraining,
    TrainingAttack,
    DomainMismatch,
    Saliency,
    RemoveHelpful,
    Artefact,
)
EXPERIMENTS: dict[str, type[Experiment]] = {kind.name: kind for kind in _ALL}
