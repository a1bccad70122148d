"""Whether a program's answer is made by its last linear layer, which is then its classifier; seen in the operators behind that.

A network without a classifier, or with a convolution for one, has linear layers as well: in its blocks, or to weigh its channels.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.models.feature_extractor import INPUT

# What a value is: made by a linear layer, the same for every picture, made in another way, or not known.
LINEAR, FIXED, OTHER, UNKNOWN = "linear", "fixed", "other", "unknown"
# Operators that keep each picture's numbers, their order, or which of them is the largest.
KEEPING = frozenset(
    (
        *("to", "_to_copy", "type_as", "float", "contiguous", "clone", "detach", "alias", "dropout", "round", "clamp"),
        *("flatten", "reshape", "view", "_unsafe_view", "squeeze", "unsqueeze", "argmax", "topk"),
        *("softmax", "_softmax", "log_softmax", "_log_softmax", "sigmoid", "log"),
        *("batch_norm", "_native_batch_norm_legit_no_training"),
    )
)
MIXING = frozenset(("add", "sub", "rsub", "mul", "div", "neg"))


def made_of(value: Any, word_of: Callable[[Any], str], inputs_of: Callable[[Any], Sequence[Any]]) -> str:
    """Return what a value of a program is made of: one of the words above.

    Args:
        value: of the program's graph.
        word_of: returns :data:`LINEAR`, :data:`FIXED` or :data:`UNKNOWN` for a value, or the plain name of its operator.
        inputs_of: returns the values that go into a value's operator.
    """
    word = word_of(value)
    if word in (LINEAR, FIXED, UNKNOWN):
        return word
    if word in KEEPING:
        return made_of(inputs_of(value)[0], word_of, inputs_of)
    if word not in MIXING:
        return FIXED if inputs_of(value) and all(word_of(each) == FIXED for each in inputs_of(value)) else OTHER
    kinds = {made_of(each, word_of, inputs_of) for each in inputs_of(value)} - {FIXED}
    return next((kind for kind in (UNKNOWN, OTHER, LINEAR) if kind in kinds), FIXED)


def check_classifier(kinds: Iterable[str], name: str) -> None:
    """Refuse a program whose answers are surely not made by its last linear layer, of which no other layer was named.

    Args:
        kinds: what each of its answers is made of.
        name: of its last linear layer; empty where it has none.

    Raises:
        ExplorerError: they are not.
    """
    if {*kinds} & {LINEAR, UNKNOWN}:
        return
    of_it = f", or --layer {name}{INPUT} for what that layer reads" if name else ""
    raise ExplorerError(
        f"Its last linear layer{name and f' ({name})'} does not make what this program returns: it returns features, or classifies by another layer; "
        f"add --layer output to take what it returns{of_it}."
    )
