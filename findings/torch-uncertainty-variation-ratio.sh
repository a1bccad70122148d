#!/usr/bin/env bash
# torch_uncertainty 0.13.0 beside torch 2.13.0, lightning 2.6.6 and NumPy 2.4.6, Python 3.11, seen 2026-11-30.
#
# Guess: VariationRatio of an ensemble, given "(B, N, C)", images, networks and classes, is for each image the share of networks that do not say
# what most say, and its mean over images; so it is 0 where all networks agree, as Disagreement of the same library is.
# Seen: images and networks change places. For each network the mean over images is taken, and counted which images it does not call what the mean
# is. Networks of which every one says the same, and is sure of it, have a ratio of 0.75 for images of four classes, and of 0 if all images are
# of one class; five networks that never agree, but each with itself, have 0 instead of 0.8. With reduction="none" five numbers come back for 40
# images. Batches are networks then, so that it changes with batch_size. probabilistic=True and False alike; the example in its documentation
# has the same exchange, 0.45 for an answer of 0.35. Nothing is said.
# So: hand over probs.transpose(0, 1), all images at once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile "torch-uncertainty[cpu]==0.13.0" lightning==2.6.6 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import torch

operators = torch.library.Library("torchvision", "FRAGMENT")  # torchvision's own do not load beside a torch without CUDA; none is used here
for name in ("nms", "qnms"):
    operators.define(f"{name}(Tensor boxes, Tensor scores, float threshold) -> Tensor")

from torch.nn.functional import one_hot
from torch_uncertainty.metrics.classification import Disagreement, VariationRatio

IMAGES, NETWORKS, CLASSES = 40, 5, 5


def measured(chances, size=IMAGES, kind=VariationRatio, **more):
    metric = kind(**more)
    for part in chances.split(size):
        metric.update(part)
    return metric.compute()


def by_hand(chances, probabilistic):
    most = chances.mean(1).argmax(-1)
    if probabilistic:
        return 1 - chances.mean(1).max(-1).values
    return 1 - (chances.argmax(-1) == most[:, None]).float().mean(1)


labels = torch.arange(IMAGES) % 4
agreed = one_hot(labels, CLASSES).float()[:, None].expand(IMAGES, NETWORKS, CLASSES)
apart = one_hot(torch.arange(NETWORKS), CLASSES).float().expand(IMAGES, NETWORKS, CLASSES)
alike = agreed[labels == 0]
for probabilistic in (True, False):
    of = {"probabilistic": probabilistic}
    found = [round(float(measured(given, **of)), 3) for given in (agreed, alike, apart)]
    right = [round(float(by_hand(given, probabilistic).mean()), 3) for given in (agreed, alike, apart)]
    print(f"all agree {found[0]}, all agree on one class {found[1]}, none agree {found[2]}; should be {right}")
    assert found == [0.75, 0, 0] and right == [0, 0, 0.8], f"changed: {found}"
    torch.manual_seed(0)
    drawn = (2 * torch.randn(IMAGES, NETWORKS, CLASSES)).softmax(-1)
    each = measured(drawn, reduction="none", **of)
    assert each.shape == (NETWORKS,), f"changed: {each.shape}"
    assert torch.allclose(each, by_hand(drawn.transpose(0, 1), probabilistic)), "changed: other than images and networks exchanged"
    turned = measured(drawn.transpose(0, 1), NETWORKS, reduction="none", **of)
    assert torch.allclose(turned, by_hand(drawn, probabilistic)), "changed: exchanged back"
    whole, cut = (float(measured(drawn, size, **of)) for size in (IMAGES, 4))
    print(f"drawn: {whole:.3f} in one batch, {cut:.3f} in batches of 4, should be {float(by_hand(drawn, probabilistic).mean()):.3f}")
    assert abs(whole - cut) > 0.02, f"changed: {whole}, {cut}"
assert float(measured(agreed, kind=Disagreement)) == 0 and float(measured(apart, kind=Disagreement)) == 1, "changed: Disagreement"
example = torch.tensor([[[0.7, 0.3], [0.6, 0.4], [0.8, 0.2]], [[0.4, 0.6], [0.5, 0.5], [0.3, 0.7]]])
assert abs(float(measured(example)) - 0.45) < 1e-6 and abs(float(by_hand(example, True).mean()) - 0.35) < 1e-6, "changed: the example"
print("as described: images and networks exchanged")
PY
! grep -qiE "shape|dimension|transpos|estimator" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
