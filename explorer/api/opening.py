"""Runs by name, path or id, and from arrays."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explorer.api.explorer import Explorer
from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress, Terminal, silent
from explorer.runs import store
from explorer.runs.build.arrays import run_from_arrays
from explorer.runs.build.request import DEFAULT_BACKBONE, Config


def load(
    name: str | Path,
    *,
    backbone: str = DEFAULT_BACKBONE,
    limit: int | None = None,
    seed: int = 0,
    l2: float | None = None,
    noise: str = "",
    noise_seed: int = 0,
    as_read: bool = False,
    progress: Progress | None = None,
) -> Explorer:
    """Return a run: the one of this name or id, else one built on the data set of this name or path.

    A build that was finished before is opened. What is fetched and computed lies in the cache folder, which
    ``EXPLORER_HOME`` moves.

    Args:
        name: a run's name or id; or a data set's name, such as ``"cats-vs-dogs"`` or ``"drawn"``, or the path of a folder
            with one folder a class, an archive of one, or a table of paths and labels.
        backbone: a torchvision network, or ``small-cnn``, trained on the same images.
        limit: training images, stratified; all where None.
        seed: chooses the images of ``limit`` and trains ``small-cnn``.
        l2: λ; chosen by cross-validation where None.
        noise: labels to change on purpose, such as ``"cat>dog:0.4"``.
        noise_seed: decides which.
        as_read: take the data as they were read, where that is doubtful.
        progress: told how far a build is; a bar on standard error where None.

    Raises:
        ExplorerError: there is neither such a run nor such a data set, or it cannot be built; the sentence says why.
        UnavailableError: data or weights would have to be fetched, and no source answers.

    >>> run = ex.load("drawn", backbone="small-cnn", limit=200)  # doctest: +SKIP
    """
    config = Config(str(name), backbone, limit, seed, l2, False, noise, noise_seed, as_read=as_read)
    if config == Config(str(name)) and _is_run(str(name)):
        return Explorer(store.open_run(str(name)), str(name))
    return _built(config, progress)


def _is_run(name: str) -> bool:
    try:
        store.resolve(name)
    except ExplorerError:  # the sentence about data sets, if it is none either, names more of what can be given
        return False
    return True


def _built(config: Config, progress: Progress | None) -> Explorer:
    config.check_words()
    store.prepare_home()
    from explorer.runs.build.builder import build  # torch, which an opened run does not need

    terminal = Terminal()
    try:
        return Explorer(build(config, config.name(), progress or terminal), config.name())
    finally:
        terminal.close()


def from_features(
    X: Any,  # the field's name of a matrix of features
    y: Any,
    X_test: Any,
    y_test: Any,
    *,
    class_names: Sequence[str] | None = None,
    l2: float | None = None,
    progress: Progress | None = None,
) -> Explorer:
    """Return a softmax classifier fitted to arrays from anywhere, in memory; no pictures are needed, nothing is written.

    Features are standardised by the training images, λ is chosen by five-fold cross-validation, and the head is fitted in
    float64 until its gradient is below 1e-9, as in a build.

    Args:
        X: training features ``(n, d)``, finite numbers: an array, a frame or nested lists.
        y: training labels ``(n,)``: names of classes, or their numbers 0 … C − 1 where ``class_names`` are given.
        X_test: test features ``(m, d)``.
        y_test: test labels ``(m,)``.
        class_names: in the order of the numbers; the sorted labels of ``y`` where None.
        l2: λ > 0; chosen where None.
        progress: told how far the choice of λ is; silent where None.

    Raises:
        ExplorerError: shapes that do not fit, NaN, labels that are no class, fewer than two classes, or a class without a
            training image; the sentence says what to give instead.

    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> run = from_features(X[:300], y[:300], X[300:400], y[300:400], l2=0.1)
    >>> run.explain(run.mistakes()[0], top=3).to_frame().label.tolist()[0] in run.class_names
    True
    """
    return Explorer(run_from_arrays((X, y), (X_test, y_test), class_names, l2, progress or silent))
