"""A disk that is full."""

import contextlib
import resource

FULL = r"(Nothing can be written to .*: File too large|explorer\.sqlite cannot be used: .* needed, .* free\))\. Free some space"


@contextlib.contextmanager
def full(size):
    """No file may become larger than ``size`` bytes: what happens on a full disk, in the midst of a file, to any writer."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
