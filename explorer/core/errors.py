"""The error that a person can mend: one sentence, no traceback, exit status 2."""


class ExplorerError(Exception):
    """Bad input or a damaged file; the message says what was given, what is allowed and what to do."""


class DamagedError(ExplorerError):
    """A file on disk is not what was written; it is refused, and rebuilt where that is possible."""


class UnavailableError(ExplorerError):
    """Nothing that was asked for data or weights answered."""


class CancelledError(ExplorerError):
    """A person stopped the work."""


def unknown(what: str, given: object, allowed: list[str]) -> ExplorerError:
    """Return the one sentence for a name that does not exist: what was given and what is allowed."""
    return ExplorerError(f"There is no {what} {str(given)!r}; choose one of: {', '.join(allowed) or 'none so far'}.")


def check_index(what: str, index: int, size: int) -> int:
    """Return ``index`` if it is in ``0 … size − 1``.

    Raises:
        ExplorerError: it is not; negative numbers do not count from the end.
    """
    if not 0 <= index < size:
        raise ExplorerError(f"There is no {what} {index}; the numbers go from 0 to {size - 1}.")
    return index


def sentence(error: Exception) -> str:
    """Return what a person reads of an error; the operating system's own say which file they are about."""
    if not isinstance(error, OSError):
        return str(error)
    what = f"{error.filename} cannot be used" if error.filename else "A file cannot be used"
    return f"{what} ({error.strerror or error}); if it was removed or damaged, build the run or fetch the data again."
