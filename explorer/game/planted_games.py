"""Games that somebody planted: what a link says in their place, and what only the server knows of them."""

import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass

from explorer.core.errors import ExplorerError
from explorer.datasets.corruption.hidden_noise import keep_plan
from explorer.game import old_links
from explorer.game.class_tables import read_class, writing_class
from explorer.game.game import PREFIX, Game
from explorer.runs.build.request import Config

# Bytes of a token and of a solution code: too many to be guessed.
TOKEN_BYTES = 9
UNKNOWN = (
    "The game's link is cut or changed, or the bug was planted on another computer, so it cannot be opened; copy it again, "
    "whole, from whoever planted the bug."
)


@dataclass(frozen=True)
class PlantedGame:
    """A game as the server keeps it.

    Attributes:
        token: stands in the pupils' link; random, so that nothing can be read from it.
        key: the solution code, which the teacher's link carries beside the token; random too.
        game: what was chosen.
        plan: what the run's request says of it: the name of a file, see :func:`keep_plan`.
        run_name: of its run, which tells nothing.
        shown: whether the teacher shows everybody the solution.
        old: whether its link is of an older version, which carried the choices themselves.
    """

    token: str
    key: str
    game: Game
    plan: str
    run_name: str
    shown: bool = False
    old: bool = False

    @property
    def config(self) -> Config:
        """The request that builds its run."""
        pictures = self.game.picture_set
        seed = self.game.seed if self.old else 0
        return Config(
            pictures.dataset, limit=pictures.limit, l2=pictures.l2, noise=self.plan, noise_seed=seed, as_read=True
        )

    def opens_with(self, key: str | None) -> bool:
        """Return whether ``key`` is the solution code."""
        return hmac.compare_digest(self.key.encode(), (key or "").encode())


def plant(game: Game) -> PlantedGame:
    """Write down a game under a new random token, and return it; the same choices are never the same game.

    Raises:
        ExplorerError: it cannot be planted, or the disk is full.
    """
    plan = keep_plan(game.validated().noise.plan, game.seed, stamp=game.bug == "watermark")
    token, key = (secrets.token_urlsafe(TOKEN_BYTES) for _ in range(2))
    planted = PlantedGame(token, key, game, plan, f"{PREFIX}{secrets.token_hex(4)}")
    row = (token, key, json.dumps(asdict(game)), plan, planted.run_name, time.time())
    with writing_class() as connection:
        connection.execute("INSERT INTO games (token, key, choices, plan, run, made) VALUES (?, ?, ?, ?, ?, ?)", row)
    return planted


def planted_game(token: str) -> PlantedGame:
    """Return the game of a link.

    Raises:
        ExplorerError: the link is cut or changed, or of another computer.
    """
    rows = read_class("SELECT * FROM games WHERE token = ?", (token,))
    if rows:
        row = rows[0]
        game = Game(**json.loads(row["choices"]))
        return PlantedGame(row["token"], row["key"], game, row["plan"], row["run"], bool(row["shown"]))
    game_of_old_link = old_links.decode(token)
    if game_of_old_link is None:
        raise ExplorerError(UNKNOWN)
    return old_game(game_of_old_link)


def old_game(game: Game) -> PlantedGame:
    """Return a game as older versions planted it: everything follows from its choices."""
    names = old_links.names(game)
    return PlantedGame(names.code, names.key, game, names.plan, names.run, old=True)


def show_solution(token: str, shown: bool = True) -> None:
    """Show everybody the solution of a game, or hide it again."""
    with writing_class() as connection:
        connection.execute("UPDATE games SET shown = ? WHERE token = ?", (int(shown), token))
