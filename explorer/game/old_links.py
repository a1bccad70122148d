"""Links of games that older versions planted: they carry the choices themselves, in base64."""

import base64
import binascii
import re
from dataclasses import dataclass

from explorer.core.checksums import digest
from explorer.core.errors import ExplorerError
from explorer.datasets.corruption.hidden_noise import hidden_plan
from explorer.game.game import BUGS, CLASSES, PICTURES, PREFIX, Game


@dataclass(frozen=True)
class OldNames:
    """What older versions made of a game's choices.

    Attributes:
        code: in the pupils' link.
        key: in the link with the solution.
        plan: in the request of the run.
        run: the run's name.
    """

    code: str
    key: str
    plan: str
    run: str


def names(game: Game) -> OldNames:
    """Return what older versions made of a game."""
    places = (list(PICTURES).index(game.pictures), list(BUGS).index(game.bug), CLASSES.index(game.label))
    text = ".".join(map(str, (*places, game.share, game.seed)))
    code = base64.urlsafe_b64encode(f"{digest(text.encode())[:4]}{text}".encode()).decode().rstrip("=")
    plan = hidden_plan(game.noise.plan, stamp=game.bug == "watermark")
    key = digest(f"solution of {code}".encode())[:6]
    return OldNames(code, key, plan, f"{PREFIX}{digest(code.encode())[:8]}")


def decode(code: str) -> Game | None:
    """Return the game of an old link's code, or None where it is none."""
    try:
        text = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)).decode("ascii")
        match = re.fullmatch(r"[0-9a-f]{4}((\d)\.(\d)\.(\d)\.(\d{1,2})\.(\d{1,4}))", text)
        if not match or digest(match[1].encode())[:4] != text[:4]:
            return None
        pictures, bug, label, share, seed = map(int, match.groups()[1:])
        return Game(list(PICTURES)[pictures], list(BUGS)[bug], CLASSES[label], share, seed).validated()
    except (binascii.Error, ValueError, IndexError, ExplorerError):
        return None
