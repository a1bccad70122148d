"""The sets of weights in what a file holds: state dicts at the top or some levels down, and pickled networks."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from explorer.models.custom.files.inert import Inert, OddTensor, TensorRecord
from explorer.models.custom.files.module_tree import is_module, module_state

# Keys under which training programs store the weights; where several are there, the first of these is the usual one.
WRAPPERS = ("state_dict", "model_state_dict", "model", "weights")
# Words in a key or prefix that mean an average of the weights over training.
AVERAGED = re.compile(
    r"(^|[._\s/])(ema|swa|avg|averaged?|shadow|teacher|polyak)(_?\w*)?($|[._\s/])|_ema|_swa|ema_", re.IGNORECASE
)
# The key under which torch and Lightning count the weights that went into an average.
COUNT = "n_averaged"
# mmengine's EMAHook exchanges both sets as it saves: the first is the average, the second what was trained; its files say who wrote them.
EXCHANGED, WRITER = ("state_dict", "ema_state_dict"), "mmengine_version"
# Levels that are searched, and most tables that are looked into.
LEVELS, TABLES = 4, 500
# Entries of a list that may hold sets, such as (weights, epoch).
LISTED = 10


@dataclass(frozen=True, eq=False)
class WeightSet:
    """One set of weights in a file.

    Attributes:
        name: the keys that lead to it, joined by dots; empty where it is the file itself.
        state: tensors, or records of them, by name.
        made_of: the class of the network where a whole one was pickled, else empty.
        module: that network's stand-in.
        begun: whether nothing beside it says that it is an average of no weights yet.
        exchanged: whether it is an average where its keys say that it is none, and none where they say that it is one.
    """

    name: str
    state: Mapping[str, Any]
    made_of: str = ""
    module: Inert | None = None
    begun: bool = True
    exchanged: bool = False

    @property
    def averaged(self) -> bool:
        """Whether it is an average, as its keys say, or the program that wrote it."""
        return bool(AVERAGED.search(self.name)) != self.exchanged


def weight_sets(content: Any) -> list[WeightSet]:
    """Return the sets of weights that something read from a file holds, the usual one first."""
    found = list(_search(content))
    if isinstance(content, Mapping) and set(EXCHANGED) <= set(content) and WRITER in table_of(content.get("meta")):
        found = [replace(each, exchanged=each.name in EXCHANGED) for each in found]
    return sorted(found, key=_order)


def _order(found: WeightSet) -> tuple[int, int]:
    keys = found.name.split(".")
    ranks = [WRAPPERS.index(key) if key in WRAPPERS else len(WRAPPERS) for key in keys]
    return (ranks[0] if found.name else -1, len(keys))


def _search(content: Any) -> Iterator[WeightSet]:
    """Yield the sets level by level; a table counts as one where it holds weights by name."""
    waiting: list[tuple[str, Any, int, bool]] = [("", content, 0, True)]
    looked: set[int] = set()
    while waiting and len(looked) < TABLES:
        name, value, level, begun = waiting.pop(0)
        if id(value) in looked:
            continue
        looked.add(id(value))
        if is_module(value):
            yield WeightSet(name, module_state(value), value.name, value)
            continue
        table = table_of(value)
        if state := weights_by_name(table):
            yield WeightSet(name, state, begun=begun)
        if level < LEVELS:
            inner = [(key, each) for key, each in _entries(value, table) if table_of(each) or _listed(each)]
            some = table.get(COUNT) != 0
            waiting += [(f"{name}.{key}" if name else key, each, level + 1, some) for key, each in inner]


def _entries(value: Any, table: Mapping[Any, Any]) -> list[tuple[str, Any]]:
    """Return what a table holds by text, or a short list by number."""
    if _listed(value):
        return [(str(place), each) for place, each in enumerate(value)]
    return [(key, each) for key, each in table.items() if isinstance(key, str)]


def _listed(value: Any) -> bool:
    return isinstance(value, list | tuple) and 0 < len(value) <= LISTED


def table_of(value: Any) -> Mapping[Any, Any]:
    """Return the table that a value is or holds; empty where there is none."""
    if isinstance(value, Inert):
        value = value.items or value.state
    return value if isinstance(value, Mapping) else {}


def weights_by_name(table: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the tensors of a table by name; empty where none has two dimensions, as weights have."""
    tensors = {str(key): value for key, value in table.items() if isinstance(value, Tensor | TensorRecord | OddTensor)}
    weights = (isinstance(value, OddTensor) or len(value.shape) > 1 for value in tensors.values())
    return tensors if any(weights) else {}
