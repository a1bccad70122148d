"""The papers' experiments, by name. A new one is one file and one line here."""

from explorer.experiments.artefact import Artefact
from explorer.experiments.base import Experiment, Published
from explorer.experiments.cook_weisberg import CookWeisberg
from explorer.experiments.domain_mismatch import DomainMismatch
from explorer.experiments.fix_mislabels import FixMislabels
from explorer.experiments.group_effects import GroupEffects
from explorer.experiments.koh_liang_fig2 import KohLiangFig2
from explorer.experiments.large_leverage import LargeLeverage
from explorer.experiments.remove_helpful import RemoveHelpful
from explorer.experiments.saliency import Saliency
from explorer.experiments.seeds import Seeds
from explorer.experiments.training_attack import TrainingAttack
from explorer.experiments.two_models import TwoModels

__all__ = ["EXPERIMENTS", "Experiment", "Published"]

_ALL: tuple[type[Experiment], ...] = (
    KohLiangFig2,
    TwoModels,
    FixMislabels,
    CookWeisberg,
    LargeLeverage,
    GroupEffects,
    Seeds,
    TrainingAttack,
    DomainMismatch,
    Saliency,
    RemoveHelpful,
    Artefact,
)
EXPERIMENTS: dict[str, type[Experiment]] = {kind.name: kind for kind in _ALL}
