"""The methods of the whole network by name, without loading any of them; a test holds all but the average equal to ``WHOLE_NETWORK``."""

from explorer.core.errors import ExplorerError, unknown

# The mean of the instant answers of trainings from several seeds: no estimator of its own.
AVERAGE = "replay-average"
# In the order of their menu, with the unit of a score.
NATS = {
    "replay-basis": "nats",
    AVERAGE: "nats",
    "unrolled": "nats",
    "linearised": "nats",
    "ekfac": "",
    "trak": "",
    "tracin-adamw": "",
    "gradient-product": "",
}
METHODS = tuple(NATS)
# Which question the scores of a method answer: the derivative of the training, an estimate of it, or a mean over trainings.
THIS = "These scores answer for this training: with another start, other images may matter."
ANY = "These scores are a mean over trainings from several starts: they answer for any training on these images, not for this one."
NEARLY = "These scores are a rough answer for this training; Trust says how rough."
EXACTLY = ("replay-basis", "unrolled")
# Below this share of the answer, its correlation with the exact one is below .77: the answer is called rough.
RELIABLE = 0.6


def scope_of(method: str) -> str:
    """Return which question the scores of a method answer, in a sentence."""
    if method == AVERAGE:
        return ANY
    return THIS if method in EXACTLY else NEARLY


def check_method(method: str) -> str:
    """Return ``method`` if it is one of the whole network.

    Raises:
        ExplorerError: it is not.
    """
    if method not in METHODS:
        raise unknown("method", method, list(METHODS))
    return method


def check_sizes(method: str) -> str:
    """Return a method of the whole network whose scores are sizes.

    Raises:
        ExplorerError: it is no such method, or its scores are an order alone.
    """
    if not NATS[check_method(method)]:
        sized = [name for name, unit in NATS.items() if unit]
        raise ExplorerError(
            f"Scores of {method} have no unit, so they do not say how many images a prediction needs; choose {', '.join(sized[:-1])} or {sized[-1]}."
        )
    return method
