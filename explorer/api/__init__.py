"""What ``import explorer as ex`` offers: opening a run, its explanations, what-ifs in memory, and frames.

Methods here only delegate to ``runs``, ``evaluation`` and ``figures``, as the pages and the command line do.
"""

from explorer.api.comparison import RunComparison, compare
from explorer.api.explorer import Explorer
from explorer.api.label_audit import LabelAudit
from explorer.api.opening import from_features, load
from explorer.api.prediction import ExplainedPrediction
from explorer.core.errors import ExplorerError

__all__ = [
    "ExplainedPrediction",
    "Explorer",
    "ExplorerError",
    "LabelAudit",
    "RunComparison",
    "compare",
    "from_features",
    "load",
]
