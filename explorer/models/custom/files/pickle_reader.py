"""An interpreter of pickles that looks up no name and calls nothing: values, records of tensors and stand-ins come out.

Every opcode of the format is answered by plain data or by a refusal (:class:`MalformedError`). Python's own parser of pickles,
``pickletools``, takes the bytes apart; it interprets nothing.
"""

import io
import pickletools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from explorer.models.custom.files.inert import Inert, MalformedError, Named, Storage
from explorer.models.custom.files.tensor_parts import made, put, storage

# The two numbers with which the older form of torch.save begins.
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
# Opcodes of one pickle: a network of a thousand tensors with its optimiser has about 100,000.
STEPS = 2_000_000
# Letters of a name: longer ones are no names, and joined again and again they would fill the memory.
LETTERS = 200
# How a tensor is pickled without torch.save: its numbers in the older form of a file, as bytes inside the pickle.
INSIDE = "torch.storage._load_from_bytes"


def read_pickle(stream: io.BytesIO, storages: dict[str, Storage] | None = None, inner: bool = False) -> Any:
    """Return what one pickle of ``stream`` describes; the stream then stands behind it.

    Args:
        stream: of bytes.
        storages: filled with the storages that are named, by key.
        inner: whether it lies inside another pickle; then none may lie inside it.

    Raises:
        MalformedError: it is no whole pickle, or longer than any that holds weights.
    """
    machine = _Machine({} if storages is None else storages, inner)
    try:
        for step, (opcode, argument, _) in enumerate(pickletools.genops(stream)):
            if opcode.name == "STOP":
                return machine.pop()
            if step >= STEPS:
                raise MalformedError("it has more steps than any file of weights")
            machine.step(opcode.name, argument)
    except (IndexError, KeyError, ValueError, OverflowError, TypeError, AttributeError) as error:
        raise MalformedError(str(error) or type(error).__name__) from error
    raise MalformedError("it ends too early")


def read_head(stream: io.BytesIO) -> bool:
    """Return whether the older form of torch.save begins here, and go behind its first three pickles.

    Raises:
        MalformedError: it begins so, and goes on in another way.
    """
    if read_pickle(stream) != MAGIC:
        return False
    if read_pickle(stream) != PROTOCOL:
        raise MalformedError("it has another form than any that PyTorch wrote")
    read_pickle(stream)
    return True


class _Machine:
    """The stack, its marks and the memo of one pickle."""

    def __init__(self, storages: dict[str, Storage], inner: bool) -> None:
        self.storages, self.inner = storages, inner
        self.stack: list[Any] = []
        self.outer: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        """Do one opcode; those that carry a plain value push it."""
        if name in ACTIONS:
            ACTIONS[name](self, argument)
        elif name in PLAIN:
            self.stack.append(argument)
        else:
            raise MalformedError(f"it has a step {name}")

    def pop(self) -> Any:
        return self.stack.pop()

    def marked(self) -> list[Any]:
        """Return what stands above the last mark, and go back below it."""
        above, self.stack = self.stack, self.outer.pop()
        return above

    def mark(self, _: Any) -> None:
        self.outer.append(self.stack)
        self.stack = []

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def keep(self, index: int | None) -> None:
        self.memo[len(self.memo) if index is None else int(index)] = self.stack[-1]

    def recall(self, index: int) -> None:
        self.stack.append(self.memo[int(index)])

    def drop(self, _: Any) -> None:
        """Leave out the top of the stack, or the mark where nothing stands above it."""
        if self.stack:
            self.stack.pop()
        else:
            self.stack = self.outer.pop()

    def append(self, values: list[Any]) -> None:
        """Append to the list below; what is appended to a stand-in is left out."""
        if isinstance(self.stack[-1], list):
            self.stack[-1].extend(values)

    def set_items(self, values: list[Any]) -> None:
        for key, value in zip(values[::2], values[1::2], strict=True):
            put(self.stack[-1], key, value)

    def table(self, values: list[Any]) -> None:
        self.stack.append({})
        self.set_items(values)

    def named(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str) or len(module) + len(name) > LETTERS:
            raise MalformedError("a name is no text")
        self.stack.append(Named(f"{module}.{name}"))

    def call(self, arguments: Any) -> None:
        """Put what stands for a call in the place of what would be called."""
        maker = self.stack[-1]
        if isinstance(maker, Named) and maker.name == INSIDE:
            self.stack[-1] = self.storage_inside(arguments)
        else:
            self.stack[-1] = made(maker, arguments)

    def storage_inside(self, arguments: Any) -> Storage:
        """Return the storage whose numbers stand in the pickle."""
        [content] = arguments if isinstance(arguments, tuple) and not self.inner else [None]
        stream = io.BytesIO(content if isinstance(content, bytes) else b"")
        if not read_head(stream):
            raise MalformedError("the numbers of a tensor are no block of PyTorch's")
        block = read_pickle(stream, inner=True)
        read_pickle(stream, inner=True)
        if not isinstance(block, Storage):
            raise MalformedError("the numbers of a tensor are no block of PyTorch's")
        found = replace(block, key=f"inside {len(self.storages)}", content=stream.read()[8:])
        self.storages[found.key] = found
        return found

    def storage(self, _: Any) -> None:
        """Put the storage in the place of the persistent id that describes it."""
        self.stack[-1] = found = storage(self.stack[-1])
        if isinstance(found, Storage) and self.storages.setdefault(found.key, found).kind != found.kind:
            raise MalformedError("two tensors say different things of the same numbers")

    def build(self, state: Any) -> None:
        """Note what would restore the object below; a table keeps its content and nothing else."""
        if isinstance(self.stack[-1], Inert):
            self.stack[-1].state = state

    def object(self, values: list[Any]) -> None:
        self.stack.append(made(values[0], tuple(values[1:])))

    def new_with_keywords(self, _: Any) -> None:
        self.pop()
        self.call(self.pop())


def _tuple(count: int) -> Callable[[_Machine, Any], None]:
    def act(machine: _Machine, _: Any) -> None:
        values = tuple(reversed([machine.pop() for _ in range(count)]))
        machine.push(values)

    return act


def _ignored(machine: _Machine, _: Any) -> None:
    pass


# What each opcode does; those without a line here push the value that they carry.
ACTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "PROTO": _ignored,
    "FRAME": _ignored,
    "READONLY_BUFFER": _ignored,
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "MARK": _Machine.mark,
    "POP": _Machine.drop,
    "POP_MARK": lambda machine, _: void(machine.marked()),
    "DUP": lambda machine, _: machine.push(machine.stack[-1]),
    "MEMOIZE": _Machine.keep,
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _Machine.keep),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.recall),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "EMPTY_SET": lambda machine, _: machine.push(Inert("builtins.set")),
    "APPEND": lambda machine, _: machine.append([machine.pop()]),
    "APPENDS": lambda machine, _: machine.append(machine.marked()),
    "ADDITEMS": lambda machine, _: void(machine.marked()),
    "SETITEM": lambda machine, _: machine.set_items([machine.pop(), machine.pop()][::-1]),
    "SETITEMS": lambda machine, _: machine.set_items(machine.marked()),
    "LIST": lambda machine, _: machine.push(machine.marked()),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.marked())),
    "DICT": lambda machine, _: machine.table(machine.marked()),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "FROZENSET": lambda machine, _: machine.push(Inert("builtins.frozenset", machine.marked())),
    "GLOBAL": lambda machine, words: machine.named(*words.split(" ", 1)),
    "STACK_GLOBAL": lambda machine, _: machine.named(*[machine.pop(), machine.pop()][::-1]),
    "REDUCE": lambda machine, _: machine.call(machine.pop()),
    "NEWOBJ": lambda machine, _: machine.call(machine.pop()),
    "NEWOBJ_EX": _Machine.new_with_keywords,
    "BUILD": lambda machine, _: machine.build(machine.pop()),
    "OBJ": lambda machine, _: machine.object(machine.marked()),
    "INST": lambda machine, words: machine.object([Named(words.replace(" ", ".")[:LETTERS]), *machine.marked()]),
    "PERSID": lambda machine, _: machine.push(Inert()),
    "BINPERSID": _Machine.storage,
    **dict.fromkeys(("EXT1", "EXT2", "EXT4", "NEXT_BUFFER"), lambda machine, _: machine.push(Inert())),
}
PLAIN = frozenset(opcode.name for opcode in pickletools.opcodes if opcode.arg is not None) - set(ACTIONS)


def void(_: Any) -> None:
    """Take a value and leave it."""
