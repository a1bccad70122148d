"""ONNX Runtime on the processor: a graph made ready to run, in bounded memory and in the thread that calls it.

Batches are computed beside one another (:mod:`explorer.models.batch_workers`), so that no graph needs threads of its own.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.models.libraries.extras import needed

# All that graphs may hold at once, their weights among it: a graph of a hundred bytes can ask for any size.
MOST_MEMORY = 1280 * 2**20
# ONNX Runtime speaks of fatal errors only; all others are raised, and told in a sentence.
FATAL = 4


def session(model: bytes) -> Any:
    """Return an ``onnxruntime.InferenceSession`` of a serialised model that holds all of its numbers itself.

    Raises:
        Exception: the graph cannot be made ready; ONNX Runtime's own words say why.
    """
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = FATAL
    options.add_session_config_entry("session.use_env_allocators", "1")
    return runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"], enable_fallback=False)


@lru_cache(maxsize=1)
def _runtime() -> Any:
    """Return the module ``onnxruntime`` with its bound of memory set, which belongs to the process."""
    _, runtime = needed("onnx", "A network in ONNX")
    place = runtime.OrtMemoryInfo("Cpu", runtime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, runtime.OrtMemType.DEFAULT)
    bound = runtime.OrtArenaCfg({"max_mem": MOST_MEMORY, "arena_extend_strategy": 1})
    runtime.create_and_register_allocator(place, bound)
    return runtime


def computed(model: Any) -> list[np.ndarray]:
    """Return what a model without inputs returns: numbers of the file, or what is made of them alone."""
    return list(session(model.SerializeToString()).run(None, {}))


def reason(error: Exception) -> str:
    """Return ONNX Runtime's own words, short enough for a sentence."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rpartition("[ONNXRuntimeError] : ")[2].rstrip(".")[:160]


def cannot_run(path: str, error: Exception, saved: str) -> ExplorerError:
    """Return the error for a graph that ONNX Runtime does not make ready."""
    return ExplorerError(f"ONNX Runtime cannot run {path} ({reason(error)}); save the network anew by {saved}.")
