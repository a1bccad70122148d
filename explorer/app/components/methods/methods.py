"""The attribution methods in words: their menu, the unit of their scores, and what a score predicts."""

from explorer.app import screen_text, urls
from explorer.app.components.blocks.blocks import Menu
from explorer.app.components.current_case.current_case import current_method
from explorer.attribution import ESTIMATORS
from explorer.runs.results.explanation import Attribution
from explorer.runs.run import Run


def describe_method(run: Run, name: str) -> str:
    """Return the sentence on a method, as it works in this run."""
    return run.scorer(name).summary


def method_menu(run: Run, name: str = "method", label: str = "How the score is computed", default: str = "") -> Menu:
    """Return the menu of attribution methods, with a sentence on the chosen one."""
    return urls.param_menu(
        name,
        label,
        run.methods,
        default or run.default_method,
        describe_method(run, current_method(run, name, default)),
    )


def predicts_refit(method: str) -> bool:
    """Return whether a method's scores predict the change of the loss when an image is left out: whether they count nats."""
    return ESTIMATORS[method].unit == "nats"


def score_unit(method: str) -> str:
    """Return the unit of a method's scores, as it follows the word *score* in a sentence."""
    if predicts_refit(method):
        return ": change of the test loss if the image were left out, in nats (at +0.01 the probability falls by a hundredth of itself)"
    return f" ({ESTIMATORS[method].unit})"


def score_meaning(explanation: Attribution) -> str:
    """Return what the scores of an explanation predict and what they do not, with the residual of an iterative solver."""
    if not predicts_refit(explanation.method):
        return f"Scores of {explanation.method} rank the images; they do not predict what would happen if one were left out."
    solved = (
        ""
        if explanation.residual is None
        else f" Solved step by step, to a relative residual of {explanation.residual:.1e}."
    )
    solved += "" if explanation.exact else f" {screen_text.SCANNED}"
    return (
        "A score predicts how much the loss (−log of the probability of the class explained) would rise if one training "
        f"image were left out and the last layer fitted again. Scores of many images together do not simply add up.{solved}"
    )
