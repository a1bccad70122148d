"""A small LRU cache that computes each key once, even when several threads ask for it at the same time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import update_wrapper
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
V = TypeVar("V")
Key = tuple[Hashable, ...]


@dataclass(slots=True)
class _Slot(Generic[V]):
    """The value of one key once it is computed, and the lock of the thread that computes it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    values: list[V] = field(default_factory=list)


class KeyedCache(Generic[P, V]):
    """The most recently used values of a function, by its positional arguments.

    Who asks for a value that is being computed waits for it; who asks for another does not. ``None`` is not kept, nor is
    an error: what is not there yet is computed again for the next one who asks.

    Args:
        compute: the function; its arguments can be hashed.
        size: number of values kept; the least recently used goes first.
    """

    def __init__(self, compute: Callable[P, V], size: int) -> None:
        self.compute, self.size = compute, size
        self._slots: OrderedDict[Key, _Slot[V]] = OrderedDict()
        self._lock = threading.Lock()
        update_wrapper(self, compute)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> V:
        """Return the value for these arguments, computed now where it is not kept."""
        if kwargs:
            raise TypeError(f"{self.compute} is cached by positional arguments; give {', '.join(kwargs)} by position.")
        slot = self._slot(args)
        if not slot.values:
            with slot.lock:
                if not slot.values:
                    value = self.compute(*args, **kwargs)
                    if value is None:
                        return value
                    slot.values.append(value)
        return slot.values[0]

    def put(self, key: Key, value: V) -> None:
        """Keep a value that was computed elsewhere; ``key`` are the arguments."""
        self._slot(key).values[:] = [value]

    def __contains__(self, key: Key) -> bool:
        """Whether the value for these arguments is kept."""
        slot = self._slots.get(key)
        return slot is not None and bool(slot.values)

    def cache_clear(self) -> None:
        """Forget all values."""
        with self._lock:
            self._slots.clear()

    def _slot(self, key: Key) -> _Slot[V]:
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > self.size:
                self._slots.popitem(last=False)
        return slot


def keyed_cache(size: int) -> Callable[[Callable[P, V]], KeyedCache[P, V]]:
    """Return a decorator that keeps the ``size`` most recently used values of a function."""
    return lambda compute: KeyedCache(compute, size)
