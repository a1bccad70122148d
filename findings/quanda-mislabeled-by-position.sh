#!/usr/bin/env bash
# quanda 0.5.0 beside torch 2.13.0 and NumPy 1.26.4 (by way of captum it wants NumPy below 2), Python 3.11, seen 2026-11-30.
#
# Guess: MislabelingDetectionMetric ranks training images by self-influence and scores how early the wrong labels come. Only the order
# matters, so that the unit of the self-influences, and where in the data the wrong labels lie, change nothing.
# Seen: both do. So that equal ones are told apart, each image's number times 1e-4 is added to its self-influence before they are sorted: 0.2 for
# the last of 2,000 images. Where self-influences are smaller than that, as a mean over images or a trained network makes them, the ranking is
# the order of the images, last first. Of 2,000 with 200 wrong labels whose self-influences, up to 0.002, are all above all others, the
# metric is 0.05 where they lie in front and 0.95 where they lie behind, both times 0.94 or more if multiplied by 1,000; drawn at random they come to
# about 0.5, a ranking by chance. Nothing is said.
# So: hand over ranks times the number of images in their place, or sort oneself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile quanda==0.5.0 torch==2.13.0 numpy==1.26.4 pyarrow==24.0.0 omegaconf==2.4.0
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import torch

operators = torch.library.Library("torchvision", "FRAGMENT")  # torchvision's own do not load beside a torch without CUDA; none is used here
for name in ("nms", "qnms"):
    operators.define(f"{name}(Tensor boxes, Tensor scores, float threshold) -> Tensor")

from quanda.metrics.downstream_eval import MislabelingDetectionMetric
from torch.utils.data import TensorDataset

IMAGES, WRONG = 2_000, 200
torch.manual_seed(0)
data = TensorDataset(torch.randn(IMAGES, 5), torch.randint(2, (IMAGES,)))
places = {"in front": torch.arange(WRONG), "behind": torch.arange(IMAGES - WRONG, IMAGES), "at random": torch.randperm(IMAGES)[:WRONG]}
wanted = {"in front": 0.05, "behind": 0.95, "at random": 0.5}


def detected(places, self_influence):
    """Return quanda's score and the share of wrong labels among the first that it looks at."""
    given = {"model": torch.nn.Linear(5, 2), "train_dataset": data, "mislabeling_indices": places.tolist()}
    found = MislabelingDetectionMetric(**given, precomputed_self_influence=self_influence).compute()
    return found["score"], float(found["success_arr"][:WRONG].float().mean())


def by_hand(places, self_influence):
    wrong = torch.zeros(IMAGES)
    wrong[places] = 1
    return float(torch.trapezoid(wrong[self_influence.argsort(descending=True)].cumsum(0) / WRONG) / IMAGES)


for where, numbers in places.items():
    drawn = torch.rand(IMAGES) * 1e-3
    drawn[numbers] += 1e-3
    assert drawn[numbers].min() > drawn.sort().values[: IMAGES - WRONG].max(), "not above all others"
    score, first = detected(numbers, drawn)
    scaled, of_scaled = detected(numbers, drawn * 1_000)
    print(f"wrong labels {where}: {score:.2f} ({first:.0%} of the first {WRONG} are wrong), times 1,000 {scaled:.2f} ({of_scaled:.0%})")
    assert abs(by_hand(numbers, drawn) - 0.95) < 1e-3, "not 0.95 by hand"
    assert abs(score - wanted[where]) < 0.04, f"changed: {where} {score}"
    assert scaled > 0.94 and of_scaled > 0.8, f"changed: times 1,000 {where} {scaled}"
print("as described: small self-influences are ranked by where the images lie")
PY
! grep -qiE "influence|rank|tie" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
