"""What takes long to make and is the same for all browsers."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Slot(Generic[T]):
    """A place for one thing, and the lock of whoever makes it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    made: list[T] = field(default_factory=list)


class Shared(Generic[T]):
    """The latest few things by their name: whoever asks for one that is being made waits for it, and nobody else waits.

    Args:
        make: what makes a thing of this name; where it raises, the next one who asks tries again.
        most: how many are kept.
    """

    def __init__(self, make: Callable[[str], T], most: int) -> None:
        self._make, self._most = make, most
        self._slots: OrderedDict[str, _Slot[T]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, name: str) -> T:
        """Return the thing of this name, made now where it is not kept."""
        with self._lock:
            slot = self._slots.setdefault(name, _Slot())
            self._slots.move_to_end(name)
            while len(self._slots) > self._most:
                self._slots.popitem(last=False)
        if not slot.made:
            with slot.lock:
                if not slot.made:
                    slot.made.append(self._make(name))
        return slot.made[0]

    def cache_clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._slots.clear()
