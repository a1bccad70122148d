"""What runs work over shards: processes of this machine, or a Dask cluster. No task knows which."""

from explorer.engine.base import Answers, Arrays, Engine, Task, kept_array, read_arrays
from explorer.engine.choice import engine_of
from explorer.engine.dask_cluster import DaskCluster
from explorer.engine.processes import Processes

__all__ = ["Answers", "Arrays", "DaskCluster", "Engine", "Processes", "Task", "engine_of", "kept_array", "read_arrays"]
