"""timm's networks by name, found in its source without loading it or torch: a wrong word is refused at once."""

import difflib
import importlib.util
import re
from functools import lru_cache
from pathlib import Path

from explorer.core.errors import ExplorerError

PREFIX = "timm/"
# How timm's modules announce a network.
REGISTERED = re.compile(r"^@register_model\s*\n(?:@.*\n)*def (\w+)\(", re.MULTILINE)
# As many names as a refusal lists.
NEAR = 5
MISSING = "needs timm, which is not installed; run pip install 'influence-explorer[timm]'"


def is_timm(name: str) -> bool:
    """Return whether a name is meant for one of timm's networks."""
    return name.startswith(PREFIX)


def architecture_of(name: str) -> str:
    """Return the architecture's name in ``timm/resnet18.a1_in1k``: what stands before the name of its weights."""
    return name.removeprefix(PREFIX).partition(".")[0]


@lru_cache(maxsize=1)
def architectures() -> tuple[str, ...]:
    """Return the names of all architectures in the installed timm, sorted; none where it is not installed."""
    found = importlib.util.find_spec("timm")
    if found is None or not found.submodule_search_locations:
        return ()
    folder = Path(found.submodule_search_locations[0]) / "models"
    sources = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))]
    return tuple(sorted({name for source in sources for name in REGISTERED.findall(source)}))


def check_timm(name: str) -> None:
    """Check that timm has a network of this name; which weights it has is looked up when they are read.

    Raises:
        ExplorerError: timm is not installed, or has none; the sentence lists near names.
    """
    known, asked = architectures(), architecture_of(name)
    if not known:
        raise ExplorerError(f"{name} {MISSING}.")
    if asked not in known:
        near = difflib.get_close_matches(asked, known, NEAR, 0.5) or [
            each for each in known if each.startswith(asked[:4])
        ]
        listed = ", ".join(f"{PREFIX}{each}" for each in near[:NEAR]) or f"{PREFIX}resnet18"
        raise ExplorerError(f"timm has no network {asked!r} among its {len(known):,}; near are: {listed}.")
