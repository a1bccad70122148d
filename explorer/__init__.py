"""Influence Explorer: which training images are behind an image classifier's mistakes, and is that explanation true?

>>> import explorer as ex
>>> run = ex.load("cats-vs-dogs")  # doctest: +SKIP
>>> why = run.explain(run.mistakes()[0])  # doctest: +SKIP
>>> ex.compare(run, run.without(why.harmful))  # doctest: +SKIP

``explorer/api`` holds what these names are; ``docs/architecture.md`` says what lies where.
"""

import os

from explorer.core.version import VERSION as __version__

__all__ = [
    "ExplainedPrediction",
    "Explorer",
    "ExplorerError",
    "LabelAudit",
    "RunComparison",
    "__version__",
    "compare",
    "from_features",
    "load",
]

# A thread that has nothing to do waits for work in a spin, 25 ms in OpenBLAS, and takes a core from whoever computes: SciPy from
# NumPy in one process, and one process from another. Beside other work features came three times as fast without it, products of
# 800 images ten times, and alone features lost a twentieth (docs/benchmarks.md). Read when NumPy and torch are loaded, so it stands here.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "10")  # 2^10 cycles
os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def __getattr__(name: str) -> object:
    """Return a public name; its types stand in ``__init__.pyi``."""
    if name not in __all__:
        raise AttributeError(f"module 'explorer' has no attribute {name!r}")
    from explorer import api  # NumPy and SciPy, half a second, which neither `import explorer` nor `--help` waits for

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted(__all__)
