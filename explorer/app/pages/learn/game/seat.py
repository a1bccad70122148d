"""Who hunts: somebody with the game's link, or a pupil in a room; what their address says, and what of it is written down."""

from dataclasses import dataclass

from explorer.app import urls
from explorer.game import rooms
from explorer.game.planted_games import PlantedGame, planted_game
from explorer.game.rooms import Pupil


@dataclass(frozen=True)
class Seat:
    """A place from which a game is played.

    Attributes:
        planted: the game.
        room: the code of the room; empty for somebody who has the game's own link.
        pupil: who sits there; None outside rooms.
    """

    planted: PlantedGame
    room: str = ""
    pupil: Pupil | None = None

    @property
    def state(self) -> dict[str, str]:
        """What every address of this hunt says; in a room it is not the game that stands there."""
        if self.room:
            return {"view": "game", "room": self.room, "me": urls.param("me") or ""}
        return {"view": "game", "game": self.planted.token}

    def keep_flags(self, flags: str) -> None:
        """Let the teacher see how far the pupil is; what was handed in stays until it is handed in anew."""
        if self.pupil and self.pupil.handed is None and not self.planted.shown:
            rooms.keep_flags(self.pupil, flags)

    def hand_in(self, flags: str) -> None:
        """Write down what the pupil hands in, as long as nobody was shown the solution."""
        if self.pupil and not self.planted.shown:
            rooms.hand_in(self.pupil, flags)


def seat_in_room(code: str) -> Seat | None:
    """Return the seat of the pupil whose link the address is; None for somebody who has not joined yet.

    Raises:
        ExplorerError: there is no such room, or nobody in it has this link.
    """
    planted, word = planted_game(rooms.game_in(code)), urls.param("me")
    return Seat(planted, code.strip().upper(), rooms.pupil(code, word)) if word else None
