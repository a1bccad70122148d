"""Paths of the program's data files: page scripts, texts, icon, theme.

A checkout has them at its top level (``pages/``, ``assets/``, ``.streamlit/``), an installed package inside itself.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def bundled(name: str) -> Path:
    """Return the path of a data file or folder of the program, such as ``assets`` or ``pages``."""
    inside = PACKAGE / "bundled" / name
    return inside if inside.exists() else PACKAGE.parent / name
