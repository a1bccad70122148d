"""Errors that a person can act on: shown as one sentence without a traceback; commands end with status 2."""


class ExplorerError(Exception):
    """Bad input or a damaged file; the message says what was given, what is allowed and what to do."""


class DamagedError(ExplorerError):
    """A file is missing, cut short or changed since it was written; whoever reads it rebuilds it where that is possible."""


class UnavailableError(ExplorerError):
    """Data or weights could not be fetched from any source."""


class CancelledError(ExplorerError):
    """The work was cancelled by a person."""


def unknown(what: str, given: object, allowed: list[str]) -> ExplorerError:
    """Return the error for a name that does not exist: what was given and what is allowed.

    Args:
        what: the kind of thing, such as ``"class"``.
        given: the name.
        allowed: the names that exist.
    """
    return ExplorerError(f"There is no {what} {str(given)!r}; choose one of: {', '.join(allowed) or 'none so far'}.")


def check_index(what: str, index: int, size: int) -> int:
    """Return ``index`` after checking that it is in ``0 … size − 1``.

    Raises:
        ExplorerError: it is not, negative numbers included.
    """
    if not 0 <= index < size:
        raise ExplorerError(f"There is no {what} {index}; the numbers go from 0 to {size - 1}.")
    return index


def sentence(error: Exception) -> str:
    """Return an error as one sentence for a person; one of the operating system's names the file and what to do."""
    if not isinstance(error, OSError):
        return str(error)
    what = f"{error.filename} cannot be used" if error.filename else "A file cannot be used"
    return f"{what} ({error.strerror or error}); if it was removed or damaged, build the run or fetch the data again."
