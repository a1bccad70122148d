"""What ``trust --whole`` is asked to measure, checked before anything is loaded."""

from dataclasses import dataclass

from explorer.core.errors import ExplorerError

# Test images that are judged; retrainings of another seed at each share, at most.
TESTS, OTHER_RETRAININGS = 50, 24
# Fewer retrainings have hardly an order; more than so much left out is no longer the same data.
FEWEST, LARGEST = 4, 90.0
# Percentages where none are given.
SHARES = "1,5,10,50"


@dataclass(frozen=True)
class TrustPlan:
    """Which retrainings are made.

    Attributes:
        shares: of the training images that are left out, in percent.
        retrainings: at each share, from the run's own seed.
        seeds: how many other seeds are tried too, with at most 24 retrainings a share each.
        sets: for how many test images the 24 most helpful images by each chooser are removed together.
        singles: how many images are left out alone.
    """

    shares: tuple[float, ...] = (1.0, 5.0, 10.0, 50.0)
    retrainings: int = 100
    seeds: int = 1
    sets: int = 0
    singles: int = 0

    def __post_init__(self) -> None:
        """Raise where it cannot be measured.

        Raises:
            ExplorerError: a share or a number is out of range.
        """
        wrong = [share for share in self.shares if not 0 < share <= LARGEST]
        if wrong or not self.shares:
            given = named(wrong[0]) if wrong else "no share"
            raise ExplorerError(
                f"--shares has {given}; give percentages above 0 and up to {LARGEST:g}, such as 1,5,10,50."
            )
        if self.retrainings < FEWEST:
            raise ExplorerError(f"{self.retrainings} retrainings have no order to compare; give at least {FEWEST}.")
        for name in ("seeds", "sets", "singles"):
            if getattr(self, name) < 0:
                raise ExplorerError(f"--{name} is {getattr(self, name)}; give 0 or more.")

    @property
    def other_retrainings(self) -> int:
        """At each share and other seed."""
        return min(self.retrainings, OTHER_RETRAININGS) if self.seeds else 0


def shares_of(text: str) -> tuple[float, ...]:
    """Return the percentages of ``1,5,10,50``, each once, in their order.

    Raises:
        ExplorerError: something else was given.
    """
    try:
        return tuple(dict.fromkeys(float(part) for part in text.split(",")))
    except ValueError as error:
        raise ExplorerError(
            f"--shares is {text!r}; give percentages with commas between them, such as 1,5,10,50."
        ) from error


def named(share: float) -> str:
    """Return a percentage as it is called in results: ``"1"``, ``"0.5"``."""
    return f"{share:g}"
