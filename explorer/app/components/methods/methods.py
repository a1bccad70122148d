"""The attribution methods in words: their menu, the unit of their scores, and what a score predicts."""

from dataclasses import replace

from explorer.app import screen_text, urls
from explorer.app.components.blocks.blocks import Menu
from explorer.app.components.current_case.current_case import current_method
from explorer.app.components.methods.whole_methods import (
    OWN_LAYER,
    REVERSED,
    TEACHING,
    WHOLE_METHODS,
    has_whole_methods,
    offered_methods,
    reversed_methods,
    whole_methods_of,
)
from explorer.attribution import ESTIMATORS
from explorer.runs.results.explanation import Attribution
from explorer.runs.run import Run
from explorer.runs.whole_network.methods import AVERAGE

# What the menu is called.
COMPUTED = "How the score is computed"
WHOLE_SCORE = (
    "A score predicts how much the loss (−log of the probability of the class explained) would rise if one training image "
    "were left out and the whole network trained again from the same start, with the other images in the same order. For a "
    "few images the scores add up; large groups do more than their sum."
)

ANY_SCORE = (
    "A score predicts how much the loss (−log of the probability of the class explained) would rise, in the mean over "
    "trainings from several starts, if one training image were left out and the whole network trained again. For a few images the "
    "scores add up; large groups do more than their sum."
)


def describe_method(run: Run, name: str) -> str:
    """Return the sentence on a method, as it works in this run."""
    return WHOLE_METHODS[name].note if name in WHOLE_METHODS else run.scorer(name).summary


def method_title(name: str) -> str:
    """Return what a screen calls a method."""
    return WHOLE_METHODS[name].title if name in WHOLE_METHODS else name


def method_menu(run: Run, name: str = "method", label: str = COMPUTED, default: str = "") -> Menu:
    """Return the menu of attribution methods, with a sentence on the chosen one."""
    options = {method: method_title(method) for method in offered_methods(run)}
    chosen = current_method(run, name, default)
    menu = urls.param_menu(name, label, options, default or run.default_method, describe_method(run, chosen))
    return replace(menu, groups=_groups(run))


def reverse_menu(run: Run, chosen: str, label: str = COMPUTED, offered: bool = False) -> Menu:
    """Return the menu of the methods that know what one training image does to every test image (:func:`reversed_methods`)."""
    options = {method: method_title(method) for method in reversed_methods(run, offered)}
    groups = {part: [name for name in names if name in options] for part, names in _groups(run).items()}
    parts = {part: names for part, names in groups.items() if names}
    return Menu("method", label, options, chosen, describe_method(run, chosen), groups=parts)


def reverse_method(run: Run, offered: bool = False) -> str:
    """Return the method of the address, or the nearest that knows what one training image does to every test image.

    A method for the whole network stands for another one, where :func:`reversed_methods` has it.

    Raises:
        ExplorerError: the run has no such method.
    """
    method, known = current_method(run), reversed_methods(run, offered)
    if method in known:
        return method
    return REVERSED if REVERSED in known else run.default_method


def _groups(run: Run) -> dict[str, list[str]]:
    """Return the parts of the menu where a run has methods for more than its last layer."""
    if not has_whole_methods(run):
        return {}
    parts = {"Whole network": False, TEACHING: True}
    whole = {
        words: [name for name in whole_methods_of(run) if WHOLE_METHODS[name].teaching is of]
        for words, of in parts.items()
    }
    return {"Whole network": whole["Whole network"], "Last layer": run.methods, TEACHING: whole[TEACHING]}


def unit_of(method: str) -> str:
    """Return the unit of a method's scores; empty where a size cannot be read as an effect."""
    return WHOLE_METHODS[method].unit if method in WHOLE_METHODS else ESTIMATORS[method].unit


def predicts_refit(method: str) -> bool:
    """Return whether a method's scores predict the change of the loss when an image is left out: whether they count nats."""
    return unit_of(method) == "nats"


def score_unit(method: str) -> str:
    """Return the unit of a method's scores, as it follows the word *score* in a sentence."""
    if predicts_refit(method):
        return ": change of the test loss if the image were left out, in nats (at +0.01 the probability falls by a hundredth of itself)"
    return f" ({unit_of(method) or 'no unit'})"


def score_meaning(explanation: Attribution) -> str:
    """Return what the scores of an explanation predict and what they do not, with the residual of an iterative solver."""
    scan = "" if explanation.exact or explanation.whole else f" {screen_text.first_scan(explanation.error)}"
    if not predicts_refit(explanation.method):
        title = method_title(explanation.method)
        return f"Scores of {title} rank the images; they do not predict what would happen if one were left out.{scan}"
    if explanation.method in WHOLE_METHODS:
        return f"{ANY_SCORE if explanation.method == AVERAGE else WHOLE_SCORE} {OWN_LAYER}"
    solved = (
        ""
        if explanation.residual is None
        else f" Solved step by step, to a relative residual of {explanation.residual:.1e}."
    )
    return (
        "A score predicts how much the loss (−log of the probability of the class explained) would rise if one training "
        f"image were left out and the last layer fitted again. Scores of many images together do not simply add up.{solved}{scan}"
    )
