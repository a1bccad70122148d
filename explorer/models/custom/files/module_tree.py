"""A pickled network as the state dict that its own class would give: tensors by name, read from the stand-ins of its parts."""

from typing import Any

from explorer.models.custom.files.inert import Inert, OddTensor, TensorRecord

# What a network's part holds.
HELD = ("_parameters", "_buffers", "_modules")
# Most tensors and parts of a network, and levels: the same part may stand in many places, and in each of those again.
ENTRIES, DEEPEST = 200_000, 40


def is_module(value: Any) -> bool:
    """Return whether a stand-in is one of a ``torch.nn.Module``: it has parts and parameters."""
    state = value.state if isinstance(value, Inert) else None
    return isinstance(state, dict) and isinstance(state.get("_modules"), dict) and "_parameters" in state


def module_state(module: Inert) -> dict[str, Any]:
    """Return the tensors of a pickled network by name, parameters and buffers, its parts' after its own."""
    found: dict[str, Any] = {}
    for name, part in parts(module).items():
        prefix = f"{name}." if name else ""
        for held in ("_parameters", "_buffers"):
            found |= _tensors(part.state.get(held), prefix)
    return found


def parts(module: Inert) -> dict[str, Inert]:
    """Return the parts of a pickled network by name in their order, itself under the empty name."""
    found: dict[str, Inert] = {}
    waiting: list[tuple[str, Any]] = [("", module)]
    seen = 0
    while waiting:
        name, part = waiting.pop()
        if not is_module(part) or name.count(".") > DEEPEST:
            continue
        found[name] = part
        seen += sum(len(part.state[held]) for held in HELD if isinstance(part.state.get(held), dict))
        if seen > ENTRIES:
            break
        inner = [(f"{name}.{key}" if name else str(key), each) for key, each in part.state["_modules"].items()]
        waiting += reversed(inner)
    return found


def _tensors(table: Any, prefix: str) -> dict[str, Any]:
    items = table.items() if isinstance(table, dict) else ()
    return {f"{prefix}{name}": value for name, value in items if isinstance(value, TensorRecord | OddTensor)}
