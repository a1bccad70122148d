"""What all formats of program files share: a program brings its own architecture, and loading it can run any code."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch.nn import functional

from explorer.core.errors import ExplorerError
from explorer.models.custom.beginnings import BY_255, MULTIPLIES, NORMALISES, TO_255
from explorer.models.custom.checkpoint import readable_file
from explorer.models.custom.files.kinds import FOREIGN, kind_of
from explorer.models.custom.spec import EXPORTED, PROGRAMS, TORCHSCRIPT, NetworkSpec
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.network_names import trust_required

# How a program of each format is saved.
SAVED = {
    TORCHSCRIPT: "torch.jit.script(model.eval()).save('net.pt') or torch.jit.trace(model.eval(), images).save('net.pt')",
    EXPORTED: "torch.export.save(torch.export.export(model.eval(), (images,)), 'net.pt2')",
}
# What it does that is made for pixels from 0 to 255, by its word.
LARGE = {BY_255: "It divides its pixels by 255", TO_255: "It normalises pixels from 0 to 255"}
# What it does that belongs to the preparation of pictures, by its word.
OWN = {NORMALISES: "It normalises its pictures", MULTIPLIES: "It changes the scale of its pixels"}
# Part of the largest feature by which rounding, also of half precision, changes none.
UNSTEADY = 0.01
# The layer name that stands for what the program itself returns.
OUTPUT = "output"
# Weights ``(C, d)`` and bias ``(C,)`` of a last layer, in float64.
LastLayer = tuple[np.ndarray, np.ndarray]


class ProgramExtractor(FeatureExtractor):
    """A feature extractor around a program that already ends at the layer that is read."""

    def head(self) -> LastLayer | None:
        """Return the program's last linear layer where its input is the features, else None."""
        return cast(LastLayer | None, self.network.head)


def trusted_file(spec: NetworkSpec, kind: str) -> Path:
    """Return the path of a program file that may run code, because the person said so.

    Args:
        spec: the person's file, and whether it is trusted.
        kind: the format, one of :data:`~explorer.models.custom.spec.PROGRAMS`.

    Raises:
        ExplorerError: there is no such file, or ``trust_code`` was not given.
    """
    path = readable_file(spec.checkpoint)
    if not spec.trust_code:
        raise ExplorerError(trust_required(spec.checkpoint, kind))
    found = kind_of(path)
    if found in PROGRAMS and found != kind:
        raise ExplorerError(f"{path} is a {PROGRAMS[found]} program; give --backbone {found} --trust-code.")
    if found in FOREIGN:
        raise ExplorerError(f"{path} is {FOREIGN[found].title}; {FOREIGN[found].way}.")
    return path


@contextmanager
def quiet() -> Iterator[None]:
    """Keep back what PyTorch says on standard error while it loads a program: warnings on its own formats."""
    before = logging.root.manager.disable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(before)


def program_notes(spec: NetworkSpec, prepares: list[str], softened: str | None) -> tuple[str, ...]:
    """Return sentences on what a program does itself before its first and after its last layer.

    Args:
        spec: the person's mean and deviation.
        prepares: words of :mod:`~explorer.models.custom.beginnings`, ``"resizes"``, or nothing.
        softened: what it does to its answers, such as ``"softmax"``.
    """
    notes = []
    plain = set(spec.mean) == {0.0} and set(spec.std) == {1.0}
    large = next((what for word, what in LARGE.items() if word in prepares), "")
    if large and not (plain and spec.preparation.white):
        notes.append(f"{large} itself, and they come to it from 0 to 1: add --white 255 --mean 0 --std 1.")
    elif not large and not plain:
        notes += [
            f"{what} itself, and they come to it normalised: add --mean 0 --std 1."
            for word, what in OWN.items()
            if word in prepares
        ]
    if "resizes" in prepares:
        notes.append("It resizes its pictures itself.")
    if softened:
        notes.append(f"It ends in {softened}; its own last layer is judged before it.")
    return tuple(notes)


def check_steady(extractor: FeatureExtractor, size: int, path: str, kind: str) -> None:
    """Check that a picture's features depend on the picture alone: a program may have been saved while it was trained.

    Raises:
        ExplorerError: they depend on chance, or on the pictures beside it, or are not one row a picture.
    """
    coarse = torch.rand(4, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    light = torch.tensor([0.2, 1.0, 0.5, 0.8]).view(4, 1, 1, 1)
    images = functional.interpolate(coarse * light, (size, size))
    with torch.inference_mode():
        together, again, fewer = (extractor(images[:count]).double() for count in (4, 4, 2))
    if len(together) != len(images):
        rows = "1 row" if len(together) == 1 else f"{len(together)} rows"
        raise ExplorerError(
            f"{path} gives {rows} of features for {len(images)} pictures: it was saved for a batch of another size; "
            "save it so that it takes the size from its input, such as images.flatten(1) in place of images.view(1, -1)."
        )
    apart = max(float((together - again).abs().max()), float((together[:2] - fewer).abs().max()))
    if apart > UNSTEADY * float(together.abs().max()):
        raise ExplorerError(
            f"{path} gives one picture other features each time or beside other pictures: it was saved in training mode; save it again after model.eval(), with {SAVED[kind]}."
        )


def check_layered(layer: str) -> None:
    """Refuse a program without a linear layer of which no other one was named.

    Raises:
        ExplorerError: none was named.
    """
    if not layer:
        raise ExplorerError(
            f"This program has no linear layer that is known here: it returns features, or is quantised; add --layer {OUTPUT} to take what it returns."
        )


def not_a_program(path: Path, kind: str, error: Exception) -> ExplorerError:
    """Return the error for a file that is no program of this format: the reason, and how one is saved."""
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
    return ExplorerError(
        f"{path} is no {PROGRAMS[kind]} program ({reason}); save one with {SAVED[kind]}, or give --backbone the name of a torchvision network."
    )
