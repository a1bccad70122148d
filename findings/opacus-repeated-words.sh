#!/usr/bin/env bash
# opacus 1.6.0 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: grad_sample of an EmbeddingBag is each bag's gradient: a word that stands in it three times counts three times. Modes and settings
# for which there is no rule (mode="max", an Embedding's padding_idx and scale_grad_by_freq) are refused, or left to functorch.
# Seen: neither. In a bag a word counts once however often it stands there: of "the cat and the dog" the row of "the" is half of what it is, of
# three times a third, for mode="sum" and "mean" alike; bags without repetitions are right. mode="max" gives zeros, and per_sample_weights are left out.
# An Embedding gives the padding word a gradient, which weight.grad does not have, and does not divide by how often a word stands there.
# weight.grad beside it is right, and the rows do not add up to it. Nothing is said.
# So: Embedding and a sum or mean over words, without padding_idx; and compare the sum of the rows with grad (loss_reduction="sum").
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install opacus==1.6.0 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import torch
from opacus.grad_sample import GradSampleModule
from torch import nn

LABELS = torch.tensor([0, 1])
STARTS = torch.tensor([0, 5])
ONCE = torch.tensor([0, 1, 2, 3, 4, 5, 6, 1])
REPEATED = torch.tensor([0, 1, 2, 0, 3, 4, 4, 4])  # "the cat and the dog", "no no no"


class Bags(nn.Module):
    def __init__(self, words):
        super().__init__()
        self.words = words
        self.last = nn.Linear(4, 3)

    def forward(self, *text, **weights):
        found = self.words(*text, **weights)
        return self.last(found if found.dim() == 2 else found.mean(1))


def error(found, wanted):
    return float((found - wanted).abs().max() / wanted.abs().max())


def rows(words, *text, **weights):
    """Return grad_sample and grad of the words' weight for the sum of the losses."""
    model = GradSampleModule(Bags(words), loss_reduction="sum")
    nn.functional.cross_entropy(model(*text, **weights), LABELS, reduction="sum").backward()
    return words.weight.grad_sample, words.weight.grad


def one_by_one(words, text):
    """Return each bag's gradient by autograd, of a batch of that bag alone."""
    torch.manual_seed(1)
    model = Bags(words)
    parts = zip(torch.tensor_split(text, STARTS[1:]), LABELS)
    losses = [nn.functional.cross_entropy(model(part[None]), label[None]) for part, label in parts]
    return torch.stack([torch.autograd.grad(loss, words.weight)[0] for loss in losses])


def bag(mode, text):
    words = nn.EmbeddingBag(7, 4, mode=mode)
    wanted = one_by_one(words, text)
    torch.manual_seed(1)
    found, gradient = rows(words, text, STARTS)
    assert error(gradient, wanted.sum(0)) < 1e-5, f"changed: grad of {mode}"
    return found, wanted


torch.manual_seed(0)
for mode in ("sum", "mean"):
    found, wanted = bag(mode, ONCE)
    assert error(found, wanted) < 1e-5, f"changed: {mode} of words that stand once is off by {error(found, wanted)}"
    found, wanted = bag(mode, REPEATED)
    assert error(found[0, 0] * 2, wanted[0, 0]) < 1e-5 and error(found[1, 4] * 3, wanted[1, 4]) < 1e-5, f"changed: {mode}"
    assert error(found[0, 1:4], wanted[0, 1:4]) < 1e-5, f"changed: words of {mode} that stand once"
found, wanted = bag("max", ONCE)
assert not found.any() and wanted.abs().max() > 0.01, "changed: mode max"
found, gradient = rows(nn.EmbeddingBag(7, 4, mode="sum"), ONCE, STARTS, per_sample_weights=torch.full((8,), 5.0))
assert error(found.sum(0) * 5, gradient) < 1e-5, "changed: per_sample_weights"

padded = torch.tensor([[1, 2, 0, 0], [3, 3, 4, 0]])
found, gradient = rows(nn.Embedding(7, 4), padded)
assert error(found.sum(0), gradient) < 1e-5, "changed: a plain Embedding"
found, gradient = rows(nn.Embedding(7, 4, padding_idx=0), padded)
assert not gradient[0].any() and found[:, 0].abs().max() > 0.01, "changed: padding_idx"
found, gradient = rows(nn.Embedding(7, 4, scale_grad_by_freq=True), padded)
assert error(found.sum(0)[1], gradient[1]) < 1e-5 and error(found.sum(0)[3] / 2, gradient[3]) < 1e-5, "changed: scale_grad_by_freq"
print("as described: repeated words count once, padding is trained, without a word")
PY
! grep -qiE "embedding|padding|duplicate|repeat" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
