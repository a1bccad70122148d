#!/usr/bin/env bash
# torcheval 0.0.7 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: the macro mean of multiclass_auroc and multiclass_auprc of a group in which a class has no image leaves that class out, or is NaN, or a
# warning comes, as one comes from multiclass_recall of the same library: there is no ranking of images that are not there.
# Seen: the class counts, in AUROC as 0.5, as if it had been ranked by chance, in AUPRC as 0, as if nothing had been found. A network that ranks
# all images perfectly has 0.9 and 0.8 in a group in which two of ten classes are absent, and 0.75 and 0.5 where five are. So groups
# (sides, cameras, subsets left after a cut) are ranked by how many classes they hold, and the mean over batches changes with batch_size. Nothing
# is said.
# So: average=None, and the mean of the classes that are there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile torcheval==0.0.7 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import torch
from torcheval.metrics import MulticlassAUROC
from torcheval.metrics.functional import multiclass_auprc, multiclass_auroc

CLASSES, IMAGES = 10, 200
torch.manual_seed(0)
for present in (10, 8, 5):
    labels = torch.arange(IMAGES) % present
    chances = (torch.rand(IMAGES, CLASSES) + 2 * torch.nn.functional.one_hot(labels, CLASSES)).softmax(1)
    auroc, auprc = (float(of(chances, labels, num_classes=CLASSES)) for of in (multiclass_auroc, multiclass_auprc))
    metric = MulticlassAUROC(num_classes=CLASSES)
    metric.update(chances, labels)
    print(f"perfect ranking, {present} of {CLASSES} classes there: AUROC {auroc:.2f}, AUPRC {auprc:.2f}")
    share = present / CLASSES
    assert abs(auroc - (share + (1 - share) / 2)) < 1e-5 and abs(auprc - share) < 1e-5, f"changed: {present} {auroc}, {auprc}"
    assert abs(float(metric.compute()) - auroc) < 1e-6, "changed: the class beside the function"
    each = [of(chances, labels, num_classes=CLASSES, average=None) for of in (multiclass_auroc, multiclass_auprc)]
    assert all(torch.allclose(of[:present], torch.ones(present)) for of in each), "changed: classes that are there"
    assert each[0][present:].eq(0.5).all() and each[1][present:].eq(0).all(), f"changed: absent classes {each}"
print("as described: absent classes count as 0.5 and as 0")
PY
! grep -qiE "class|nan|sample|warn" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
