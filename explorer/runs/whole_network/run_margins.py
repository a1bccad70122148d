"""What the whole network of a run, and of trainings like its own, says of the run's test images."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from explorer.evaluation.retrainings import Exam, outcome
from explorer.models.smooth_cnn import State, Training
from explorer.models.smooth_cnn.recording import Recording
from explorer.runs.run import Run
from explorer.runs.whole_network.asked_pictures import given_pictures
from explorer.runs.whole_network.training_of_run import recording_of


@dataclass(frozen=True, eq=False)
class RunMargins:
    """Margins of a run's test images by its own network.

    Attributes:
        run: whose training was recorded.
    """

    run: Run

    @cached_property
    def training(self) -> Training:
        """The run's."""
        return self._recording.training

    def of_the_run(self) -> np.ndarray:
        """Return the margins ``(m,)`` of the run's own network: the logit of the label less the largest other one."""
        return self.of(self._recording.end)

    def of(self, state: State) -> np.ndarray:
        """Return those of a network after a training ``(m,)`` float64."""
        return outcome(self.training, state, self._exam)[0].astype(np.float64)

    @cached_property
    def _recording(self) -> Recording:
        return recording_of(self.run)

    @cached_property
    def _exam(self) -> Exam:
        pixels = given_pictures(self.run, self.run.dataset.test)
        return Exam(pixels, torch.from_numpy(self.run.test_labels).long())
