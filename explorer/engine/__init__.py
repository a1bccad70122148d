"""What runs work over shards: processes of this machine, or a Dask cluster. No task knows which."""

from explorer.engine.base import Answers, Arrays, Engine, Task, read_arrays
from explorer.engine.processes import Processes

__all__ = ["Answers", "Arrays", "Engine", "Processes", "Task", "read_arrays"]
