"""The case in hand: run, test image, method and class attributed to, as the address names them."""

from dataclasses import dataclass

import numpy as np

from explorer.app import backend, urls
from explorer.app.components.methods.whole_methods import offered_methods
from explorer.runs.run import Run


@dataclass(frozen=True)
class Case:
    """What a person works on.

    Attributes:
        run: that is open.
        run_name: its name or id, as the address has it.
        test: index of the test image.
        method: of attribution; empty for the run's own.
        target: class whose probability is explained; empty for the true label.
    """

    run: Run
    run_name: str
    test: int
    method: str
    target: str

    def state(self) -> dict[str, str]:
        """Return the parameters by which an address names the case."""
        words = {"run": self.run_name, "test": str(self.test), "method": self.method, "target": self.target}
        return {key: value for key, value in words.items() if value}


def current_case() -> Case:
    """Return the case that the address names; what it leaves out is as the pages choose it.

    Raises:
        ExplorerError: there is no such run or image.
    """
    name = urls.run_name(urls.case_param("run"))
    run = backend.run(backend.runs().get(name, name))
    method, target = urls.case_param("method") or "", urls.case_param("target") or ""
    known = method in ("", *offered_methods(run)) and target in ("", *run.class_names)
    return Case(run, name, current_test(run), method if known else "", target if known else "")


def current_run() -> Run:
    """Return the run that the address names.

    Raises:
        ExplorerError: there is no such run.
    """
    return backend.run(urls.run_id())


def current_test(run: Run) -> int:
    """Return the test image that the address names; without one, :func:`first_wrong`.

    Raises:
        ExplorerError: the run has no such test image.
    """
    given = urls.case_param("test")
    return first_wrong(run) if given is None else run.check_test(urls.parse_whole_number("test in the address", given))


def first_wrong(run: Run) -> int:
    """Return the most confident mistake on the first class, else on any, else test image 0."""
    wrong = run.confidently_wrong(0)
    wrong = wrong if len(wrong) else run.confidently_wrong()
    return int(wrong[0]) if len(wrong) else 0


def neighbours(run: Run, test: int) -> tuple[int | None, int | None, str]:
    """Return the wrong predictions of the same class before and after a test image, and where it stands among them.

    They are ordered by confidence, the surest first; from a right prediction the next one is the first.
    """
    wrong = run.confidently_wrong(int(run.test_labels[test]))
    if test not in wrong:
        return None, (int(wrong[0]) if len(wrong) else None), ""
    at = int(np.flatnonzero(wrong == test)[0])
    before = int(wrong[at - 1]) if at else None
    after = int(wrong[at + 1]) if at + 1 < len(wrong) else None
    return before, after, f"{at + 1:,} of {len(wrong):,} wrong"


def current_method(run: Run, name: str = "method", default: str = "") -> str:
    """Return the attribution method in the parameter ``name`` of the address, else ``default``, else the run's own.

    Raises:
        ExplorerError: the run has no such method.
    """
    return urls.choice_param(name, offered_methods(run), default or run.default_method)


def method_in_hand(run: Run) -> str:
    """Return the method of the case, where the run has it, else the run's own: what a click on a test image explains it by."""
    method = urls.case_param("method")
    return method if method in offered_methods(run) else run.default_method
