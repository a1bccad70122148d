"""The case that the address names: its run, its test image and the method that explains it."""

from explorer.app import backend, urls
from explorer.runs.run import Run


def current_run() -> Run:
    """Return the run that the address names.

    Raises:
        ExplorerError: there is no such run.
    """
    return backend.run(urls.run_id())


def current_test(run: Run) -> int:
    """Return the test image that the address names; without one, that of the most confident wrong prediction.

    Raises:
        ExplorerError: the run has no such test image.
    """
    given, wrong = urls.int_param("test"), run.confidently_wrong()
    return run.check_test(given if given is not None else int(wrong[0]) if len(wrong) else 0)


def current_method(run: Run, name: str = "method", default: str = "") -> str:
    """Return the attribution method in the parameter ``name`` of the address, else ``default``, else the run's own.

    Raises:
        ExplorerError: the run has no such method.
    """
    return urls.choice_param(name, run.methods, default or run.default_method)
