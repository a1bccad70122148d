"""Where results of a run lie on disk, for those who read a part of one without loading what computes it."""

from pathlib import Path

import numpy as np

from explorer.core import home
from explorer.core.checksums import canonical, digest

# Counted up when the queue or its evidence changes, so that what an older version kept is computed again.
AUDIT_VERSION = 3
# In the folder of an experiment, which may not be finished: of which run it is.
EXPERIMENT_MARK = "run.json"


def audit_folder(run_id: str, trusted: np.ndarray) -> Path:
    """Return the folder of the audit that trusts these test rows."""
    return home.root() / "audits" / f"{run_id}-{digest(canonical(trusted.tolist()))[:12]}"


def groups_file(run_id: str) -> Path:
    """Return the file of a run's groups."""
    return home.root() / "groups" / f"{run_id}.json"


def duplicates_file(run_id: str) -> Path:
    """Return the file of a run's duplicates."""
    return home.root() / "duplicates" / f"{run_id}.json"
