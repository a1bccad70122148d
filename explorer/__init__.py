"""Influence Explorer: which training images taught an image classifier its mistakes, and is that explanation true?

The layers, each importing only what stands above it: ``datasets``, ``models``, ``attribution``, ``evaluation``,
``runs``, ``figures``, ``ui``; ``commands`` is the same work without a browser.
"""

import os

__version__ = "0.1.0"

# A thread that has nothing to do waits for work in a spin, 25 ms in OpenBLAS, and takes a core from whoever computes: SciPy from
# NumPy in one process, and one process from another. Beside other work features came three times as fast without it, products of
# 800 images ten times, and alone features lost a twentieth (docs/benchmarks.md). Read when NumPy and torch are loaded, so it stands here.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "10")  # 2^10 cycles
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
