"""Sentences on what was taken from a person's file of weights, what was left aside, and what was assumed."""

from explorer.models.custom.fitting.weight_fits import WeightFit

# The most names that a sentence lists.
SHOWN = 3


def said(fits: list[WeightFit], fit: WeightFit) -> list[str]:
    """Return what a person should know of the set that was taken.

    Args:
        fits: all sets that fit; none where none does.
        fit: the one that was taken.
    """
    return [note for note in (_sets(fits, fit), _aside(fits, fit), _whole(fit), _numbered(fit)) if note]


def head_note(fit: WeightFit, assumed: bool) -> str:
    """Return how the person's own last part was read."""
    if not fit.layers:
        return "It holds no last layer; one was fitted to its features."
    linear = [layer for layer in fit.layers if layer.kind == "linear"]
    if len(linear) == 1:
        where = ".".join(part for part in (fit.place, fit.layers[-1].name) if part)
        return f"Its last layer is its own: {where}."
    widths = " → ".join(str(width) for width in (linear[0].widths[0], *(layer.widths[1] for layer in linear)))
    activation = " with ReLU between them, which the file does not say," if assumed else ""
    return f"Its last part has {len(linear)} linear layers ({widths}); all but the last one{activation} belong to the features."


def _sets(fits: list[WeightFit], fit: WeightFit) -> str:
    others = [each for each in fits if each.label != fit.label]
    if not others:
        return ""
    taken = f"{fit.label}, the average" if fit.averaged else fit.label
    names = ", ".join(dict.fromkeys(each.label for each in fits))
    return (
        f"It holds several sets of weights ({names}); taken was {taken}. --weights-set {others[0].label} takes another."
    )


def _aside(fits: list[WeightFit], fit: WeightFit) -> str:
    prefixes = tuple(each.named.prefix for each in fits if each is not fit and each.named.prefix)
    names = [name for name in fit.named.aside if not (prefixes and name.startswith(prefixes))]
    if not names:
        return ""
    shown = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    tensors = "1 tensor that is" if len(names) == 1 else f"{len(names):,} tensors that are"
    return f"Left aside: {tensors} no part of the network ({shown})."


def _whole(fit: WeightFit) -> str:
    made_of = fit.found.made_of
    return f"It is a whole network of the class {made_of}; its numbers were read, none of its code." if made_of else ""


def _numbered(fit: WeightFit) -> str:
    return "Its layers have numbers in place of names, and were taken in the network's order." if fit.numbered else ""
