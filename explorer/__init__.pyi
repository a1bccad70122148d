from explorer.api import ExplainedPrediction as ExplainedPrediction
from explorer.api import Explorer as Explorer
from explorer.api import ExplorerError as ExplorerError
from explorer.api import LabelAudit as LabelAudit
from explorer.api import RunComparison as RunComparison
from explorer.api import compare as compare
from explorer.api import from_features as from_features
from explorer.api import load as load

__version__: str
