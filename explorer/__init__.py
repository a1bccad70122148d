"""Influence Explorer: which training images taught an image classifier its mistakes, and is that explanation true?

The layers, each importing only what stands above it: ``datasets``, ``models``, ``attribution``, ``evaluation``,
``runs``, ``figures``, ``ui``; ``commands`` is the same work without a browser.
"""

__version__ = "0.1.0"
