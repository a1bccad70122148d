"""Sentences on what was taken from a person's file of weights, what was left aside, and what was assumed."""

from collections.abc import Collection, Mapping

from torch import Tensor

from explorer.models.custom.fitting.own_head import DROPOUT
from explorer.models.custom.fitting.tensor_names import sizes
from explorer.models.custom.fitting.weight_fits import WeightFit
from explorer.models.custom.fitting.weight_sets import WeightSet
from explorer.models.custom.spec import DEVIATION, MEAN

# The most names that a sentence lists.
SHOWN = 3
# Behind a norm a file shows a gap for dropout and for an activation alike.
GAP = " What may stand behind its norm is taken for dropout, which the file does not say; if it is an activation such as ReLU, save the network as ONNX: torch.onnx.export(model.eval(), (images,), 'net.onnx')."
# Heads whose weights are scaled before use have the tensors of a plain layer without bias.
BARE = " It has no bias and is judged as a plain layer; if its weights are scaled to length 1 before use, as ArcFace and other cosine heads do, save them so: state[name] = torch.nn.functional.normalize(state[name])."


def said(fits: list[WeightFit], fit: WeightFit) -> list[str]:
    """Return what a person should know of the set that was taken.

    Args:
        fits: all sets that fit; none where none does.
        fit: the one that was taken.
    """
    return [note for note in (_sets(fits, fit), _aside(fits, fit), _whole(fit), _numbered(fit)) if note]


def normalising_note(aside: Mapping[str, Tensor]) -> list[str]:
    """Return that a file holds its own mean and deviation, where they are not ImageNet's; else nothing.

    Args:
        aside: three numbers each, by name.
    """
    found = {
        word: [round(float(number), 6) for number in value.flatten()]
        for name, value in aside.items()
        for word in ("mean", "std")
        if name.endswith(word)
    }
    if len(found) < 2 or (found["mean"], found["std"]) == (list(MEAN), list(DEVIATION)):
        return []
    mean, std = (",".join(f"{number:g}" for number in found[word]) for word in ("mean", "std"))
    if max(found["mean"]) > 1 or max(found["std"]) > 1:
        return [
            f"It holds its own mean ({mean}) and deviation ({std}), for pixels up to 255: give --mean and --std so divided by 255."
        ]
    return [f"It holds its own mean and deviation: give --mean {mean} --std {std}."]


def unfitting_average(sets: list[WeightSet], fit: WeightFit) -> list[str]:
    """Return that a file holds an average that does not fit, where none was taken; else nothing."""
    others = [each.name for each in sets if each.averaged and len(each.state) * 2 > len(fit.named.state)]
    if fit.averaged or not others:
        return []
    return [f"An average stands in it, too ({others[0]}), but lacks tensors of the network, so it was not taken."]


def unready_note(reasons: Mapping[str, str]) -> list[str]:
    """Return that averages were not taken, by their names with the reasons."""
    return [f"Its average {name} {why}; so it was not taken." for name, why in reasons.items()]


def head_note(fit: WeightFit, assumed: Collection[str]) -> str:
    """Return how the person's own last part was read, with what was assumed of it."""
    if not fit.layers and any(len(sizes(value)) == 2 for value in fit.named.aside.values()):
        return "Its last part was not understood; a last layer was fitted to its features."
    if not fit.layers:
        return "It holds no last layer; one was fitted to its features."
    dropout = "" if fit.concat or DROPOUT not in assumed else GAP  # fastai's heads have dropout there
    linear = [layer for layer in fit.layers if layer.kind == "linear"]
    more = dropout + ("" if "bias" in linear[-1].tensors else BARE)
    if len(linear) == 1:
        where = ".".join(part for part in (fit.place, fit.layers[-1].name) if part)
        return f"Its last layer is its own: {where}.{more}"
    widths = " → ".join(str(width) for width in (linear[0].widths[0], *(layer.widths[1] for layer in linear)))
    between = " and ".join(sorted({*assumed} - {DROPOUT}))
    activation = f" with {between} between them, which the file does not say," if between else ""
    return f"Its last part has {len(linear)} linear layers ({widths}); all but the last one{activation} belong to the features.{more}"


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
