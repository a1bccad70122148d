"""Which runs the program computes results of by itself."""

from collections.abc import Mapping

from explorer.game import game
from explorer.lesson.scenarios import ARTICLE
from explorer.runs import store
from explorer.runs.manifest import Manifest

# Results of runs with more images than this are computed when somebody asks: minutes become hours.
MOST_IMAGES = 25_000


def covered(names: Mapping[str, str]) -> list[str]:
    """Return the names of the runs whose pages nobody should find empty: the default one and the latest that somebody built."""
    latest = _latest(names)
    return [*(["default"] if "default" in names else []), *([latest] if latest else [])]


def is_covered(run: Manifest) -> bool:
    """Return whether results of a run are computed without being asked for."""
    names = store.names()
    return is_small(run) and run.run_id in (names[name] for name in covered(names))


def is_small(run: Manifest) -> bool:
    """Return whether a run has few enough images."""
    return run.n_train + run.n_test <= MOST_IMAGES


def _latest(names: Mapping[str, str]) -> str:
    """Return the name of the latest run that somebody built; refits along edits, games and the story are none."""
    own = (name for name in names if name not in ("default", ARTICLE.name) and not name.startswith(game.PREFIX))
    return next((name for name in own if store.load_manifest(names[name]).base is None), "")
