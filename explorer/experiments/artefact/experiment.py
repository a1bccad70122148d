"""Han, Wallace & Tsvetkov 2020, §5: a patch planted in one class, which influence reveals and saliency alone does not."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from explorer.core.errors import unknown
from explorer.core.progress import Progress
from explorer.experiments.artefact.carrier_shares import carrier_shares
from explorer.experiments.base import Experiment, PublishedFigure
from explorer.experiments.figure_base import ExperimentFigure
from explorer.experiments.selection import random_tests
from explorer.experiments.stages import save_picture
from explorer.runs.build.request import Config
from explorer.runs.run import Run

# Which ranking is the figure, and which stand beside it. The default scores find an image that pulls hard; carriers, of which
# the model is sure, pull little, but only in the patch's direction: RelatIF divides by how far an image moves the weights.
RANKING = "relatif"
RANKINGS = (RANKING, "gradcos", "similarity", "influence", "newton")
# The images that a person might look through.
TOP = 50
# Test images that are shown, and carriers beside each.
SHOWN, BESIDE = 3, 3
MAPS = {"gradient": "Saliency: gradient", "gradient_times_input": "Gradient × input"}


@dataclass(frozen=True)
class Artefact(Experiment):
    """A network is trained on pictures of which some of one class carry a coloured patch; then test images get it too.

    Attributes:
        share: of the class's training pictures that carry the patch.
        label: that class; the run's last where none is named.
        backbone: ``small-cnn``, which is trained on the pictures, or a torchvision network that came trained.
        tests: test images, drawn by ``seed`` from all.
    """

    share: float = 0.05
    label: str = ""
    backbone: str = "small-cnn"
    tests: int = 40

    name: ClassVar[str] = "artefact"
    title: ClassVar[str] = "A patch that the network learned instead"
    paper: ClassVar[str] = "Han, Wallace & Tsvetkov 2020, §5"
    question: ClassVar[str] = "The network learned a coloured patch instead of the animal: who gives it away?"
    published: ClassVar[tuple[PublishedFigure, ...]] = ()
    duration: ClassVar[str] = (
        "three to four minutes, most of them to train the network twice: on the marked pictures, and without them"
    )

    def measure(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        """Return which share of the most influential images carries the patch, and which share of saliency lies in it.

        Raises:
            ExplorerError: there is no such class, or nothing can be planted.
        """
        from explorer.experiments.artefact.watermark_probe import WatermarkProbe  # loads torch

        label = self.label or run.class_names[-1]
        if label not in run.class_names:
            raise unknown("class", label, run.class_names)
        probe = WatermarkProbe.of(
            self._planted(run, label, progress), random_tests(run, self.tests, self.seed), progress
        )
        result = self._shares(probe) | probe.effect(folder / "without", progress)
        result |= {"label": label, "tests": len(probe.rows), "area_of_patch": probe.area}
        result |= {"saliency_in_patch": probe.saliency_shares(), "carriers_say": probe.carrier_confidence}
        return result | {"ours": {}, "found": _summary(result), "pictures": self._pictures(probe, folder)}

    def _planted(self, run: Run, label: str, progress: Progress) -> Run:
        """Return the run on the marked pictures: the finished one where it exists."""
        from explorer.runs.build.builder import build  # loads torch

        manifest = run.manifest
        noise = f"{label}+mark:{self.share:g}"
        config = Config(
            manifest.dataset, self.backbone, manifest.limit, noise=noise, noise_seed=self.seed, as_read=True
        )
        return build(config, config.name(), progress)

    def _shares(self, probe: Any) -> dict[str, Any]:
        """Return the share of carriers among the first 50 by each ranking, with the patch and without."""
        rankings = {}
        for name in RANKINGS:
            shares = {
                key: carrier_shares(probe.run.scorer(name), features, probe.labels, probe.carriers, TOP)
                for key, features in (("with_patch", probe.with_patch), ("without_patch", probe.without_patch))
            }
            rankings[name] = {key: values.tolist() for key, values in shares.items()}
        mean = {key: float(np.mean(values)) for key, values in rankings[RANKING].items()}
        return {
            "ranking": RANKING,
            "top": TOP,
            "rankings": rankings,
            "share": mean["with_patch"],
            "least_share": float(np.min(rankings[RANKING]["with_patch"])),
            "share_without_patch": mean["without_patch"],
            "share_by_chance": float(probe.carriers.mean()),
            "carriers": int(probe.carriers.sum()),
            "test_index": probe.rows.tolist(),
            "planted_run": probe.run.id,
        }

    def _pictures(self, probe: Any, folder: Path) -> list[dict[str, str]]:
        """Return some test images with the patch, their saliency, and the images that influence them most."""
        pictures = []
        others = np.argsort(probe.labels == probe.planted, kind="stable")  # those that the patch should not fool first
        for place in others[:SHOWN].tolist():
            index, names = int(probe.rows[place]), probe.run.class_names
            description = f"test image {index}, a {names[probe.labels[place]]}, with the patch"
            group = f"{description[0].upper()}{description[1:]}: the model says {names[probe.predicted[place]]}"
            shown = [("test", probe.pictures[place], f"Test image {index}", description)]
            for part, words in MAPS.items():
                shown.append((part, probe.maps_of(place)[part], words, f"{words} of {description}, yellow where most"))
            scores = probe.scores(RANKING, place)
            for rank, row in enumerate(np.argsort(-np.abs(scores), kind="stable")[:BESIDE].tolist(), 1):
                label = names[probe.run.train_labels[row]]
                alt = f"influential {rank}: training image {row}, labelled {label}"
                shown.append((f"train-{rank}", probe.train_picture(row), f"Influential {rank}: {label}", alt))
            pictures += [
                save_picture(folder, f"{place}-{part}", image, text, alt, group) for part, image, text, alt in shown
            ]
        return pictures

    def figures(self, result: dict[str, Any]) -> list[ExperimentFigure]:
        """Return the figures of a result."""
        from explorer.experiments.artefact.figure import figures  # Plotly loads only where a figure is drawn

        return figures(result)


def _summary(result: dict[str, Any]) -> str:
    plain, times = (float(np.mean(shares)) for shares in result["saliency_in_patch"].values())
    default = float(np.mean(result["rankings"]["newton"]["with_patch"]))
    return (
        f"Of the {result['top']} images that relative influence names first for a test image with the patch, "
        f"{result['share']:.2%} carry it (chance {result['share_by_chance']:.1%}; without the patch {result['share_without_patch']:.1%}). "
        f"Saliency by the gradient puts {plain:.1%} of itself into the patch, which covers {result['area_of_patch']:.1%} of the picture, "
        f"and gradient times input {times:.1%}. The default scores name {default:.1%} carriers: "
        f"the model is sure of them (P = {result['carriers_say']:.2f}), so each pulls little."
    )
