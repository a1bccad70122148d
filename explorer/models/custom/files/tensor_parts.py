"""The few functions of a pickle that are answered: they describe tensors and plain tables, and call nothing."""

from collections.abc import Callable
from typing import Any

from explorer.models.custom.files.inert import (
    ITEM_BYTES,
    NUMBERS,
    Inert,
    MalformedError,
    Named,
    OddTensor,
    Storage,
    TensorRecord,
)

# torch's name of a storage's class -> type of its numbers.
STORAGES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
    "UntypedStorage": "bytes",
}
# Functions whose tensors are no plain numbers; they are named where such a tensor is needed.
ODD = "torch._utils._rebuild_"
# Functions of Python that make an object of the class they are given.
RESTORERS = ("copy_reg._reconstructor", "copyreg._reconstructor", "copyreg.__newobj__")
# Types of keys.
KEYS = (str, int, float, bool, bytes, type(None))


def made(maker: Any, arguments: Any) -> Any:
    """Return what stands for a call of ``maker``: a record of a tensor, a table, or an inert object."""
    name = maker.name if isinstance(maker, Named) else ""
    values = arguments if isinstance(arguments, tuple) else ()
    if name in MAKERS:
        return MAKERS[name](values)
    if name in RESTORERS and values and isinstance(values[0], Named):
        return Inert(values[0].name)
    return OddTensor(name) if name.startswith(ODD) else Inert(name)


def storage(identity: Any) -> Any:
    """Return the storage that a persistent id describes: ``("storage", class, key, device, count, …)``.

    The older form also writes the class of a network so, ``("module", class, …)``, whose name is returned; else it is inert.
    """
    if isinstance(identity, tuple) and len(identity) == 4 and isinstance(identity[1], Named):
        return identity[1]
    if not (isinstance(identity, tuple) and len(identity) in (5, 6) and identity[0] == "storage"):
        return Inert()
    kind, key, count = identity[1], identity[2], identity[4]
    word = kind.name.rpartition(".")[2] if isinstance(kind, Named) else ""
    if word not in STORAGES:
        return Inert(word)
    if not isinstance(key, str) or type(count) is not int or not 0 <= count <= NUMBERS:
        raise MalformedError("a tensor's numbers are described wrongly")
    if len(identity) == 6 and identity[5] is not None:
        raise MalformedError("its tensors are written in a form that PyTorch left in 2017")
    return Storage(key, STORAGES[word], count)


def put(holder: Any, key: Any, value: Any) -> None:
    """Put a value under a key into a table; keys are plain ones only, since a deep key's hash would exhaust the stack."""
    if isinstance(holder, Inert) and holder.items is None:
        holder.items = {}
    table = holder.items if isinstance(holder, Inert) else holder
    if isinstance(table, dict) and type(key) in KEYS:
        table[key] = value


def _tensor(values: tuple[Any, ...], kind: Any = None) -> Any:
    """Return the record of ``(storage, offset, size, stride, …)``."""
    if len(values) < 4 or not isinstance(values[0], Storage):
        return OddTensor("of no plain numbers")
    block, offset, size, stride = values[:4]
    said = block.kind if kind is None else kind
    if said not in ITEM_BYTES:
        return OddTensor(str(said)[:40])
    if not isinstance(size, tuple) or not isinstance(stride, tuple):
        raise MalformedError("a tensor has sizes that are none")
    return TensorRecord(block, said, offset, size, stride)


def _tensor_with_type(values: tuple[Any, ...]) -> Any:
    """Return the record of a tensor whose type stands beside its storage of bytes."""
    named = values[6].name if len(values) > 6 and isinstance(values[6], Named) else ""
    return _tensor(values, named.removeprefix("torch."))


def _first(values: tuple[Any, ...]) -> Any:
    """Return the tensor of which a parameter is made."""
    held = values[0] if values else None
    return held if isinstance(held, TensorRecord | OddTensor) else Inert()


def _typed(values: tuple[Any, ...]) -> Any:
    """Return the tensor inside one of a class of its own: ``(function, class, arguments, state)``."""
    name = values[0].name if len(values) > 2 and isinstance(values[0], Named) else ""
    known = MAKERS.get(name) if name.startswith(ODD) else None
    if known is None:
        return OddTensor(name)
    return known(values[2]) if isinstance(values[2], tuple) else Inert()


def _table(values: tuple[Any, ...]) -> dict[Any, Any]:
    """Return an ordered table, from the pairs that it may be given; they are used up, so that no list is read again and again."""
    table: dict[Any, Any] = {}
    pairs = values[0] if values and isinstance(values[0], list) else []
    for pair in pairs:
        if isinstance(pair, list | tuple) and len(pair) == 2:
            put(table, pair[0], pair[1])
    pairs.clear()
    return table


MAKERS: dict[str, Callable[[tuple[Any, ...]], Any]] = {
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor_with_type,
    "torch._utils._rebuild_parameter": _first,
    "torch._utils._rebuild_parameter_with_state": _first,
    "torch._tensor._rebuild_from_type_v2": _typed,
    "collections.OrderedDict": _table,
    "collections.defaultdict": lambda _: {},
    "builtins.dict": lambda _: {},
}
