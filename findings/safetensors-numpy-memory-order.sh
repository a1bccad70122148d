#!/usr/bin/env bash
# safetensors 0.8.0 beside NumPy 2.4.6, torch 2.13.0 and scikit-learn 1.9.1, Python 3.11, seen 2026-11-30.
#
# Guess: safetensors.numpy.save keeps an array's numbers in their places whatever its order in memory, as numpy.save does, or refuses it, as
# safetensors.torch.save refuses a tensor that is not contiguous.
# Seen: neither. The memory is written as it lies under the array's shape. Eigenvectors by torch.linalg.eigh or scipy.linalg.eigh, whose columns
# lie together, come back turned, so that a matrix of eigenvectors U is read as Uᵀ: still orthogonal, of the same norms, and no check of shape,
# kind or length sees it. Of columns that were cut out (array[:, :3]) numbers of the columns left out come back. An index of EK-FAC that is kept
# so loses its order silently. Arrays in C order are right. The documentation asks for contiguous arrays; version 0.7.0 kept any order right. An
# issue of the library is open on it (825).
# So: np.asarray(array, order="C") before saving.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install safetensors==0.8.0 numpy==2.4.6 scipy==1.17.1 torch==2.13.0
venv/bin/python -W error - <<'PY'
import numpy as np
import scipy.linalg
import torch
from safetensors.numpy import load, save
from safetensors.torch import save as save_tensors

drawn = np.random.default_rng(0).normal(size=(40, 6))
fisher = drawn.T @ drawn / 40


def kept(array):
    return load(save({"u": array}))["u"]


by_torch = torch.linalg.eigh(torch.from_numpy(fisher)).eigenvectors.numpy()
by_scipy = scipy.linalg.eigh(fisher)[1]
for name, u in (("torch", by_torch), ("scipy", by_scipy)):
    found = kept(u)
    assert found.shape == u.shape and found.dtype == u.dtype, "changed: shape or kind"
    assert np.array_equal(found, u.T) and not np.allclose(found, u), f"changed: eigenvectors by {name} come back as they were"
    assert np.allclose(found.T @ found, np.eye(6)), "changed: what comes back is not orthogonal"
    rotated = u.T @ fisher @ u, found.T @ fisher @ found
    off = [float(np.abs(each - np.diag(np.diag(each))).max()) for each in rotated]
    assert off[0] < 1e-9 < 0.05 < off[1], f"changed: what is left beside the diagonal is {off}"
cut = drawn[:, :3]
assert np.array_equal(kept(cut).ravel(), drawn.ravel()[: cut.size]), "changed: columns that were cut out"
assert np.array_equal(kept(np.asarray(by_torch, order="C")), by_torch), "changed: C order"
try:
    save_tensors({"u": torch.linalg.eigh(torch.from_numpy(fisher)).eigenvectors})
except ValueError as error:
    assert "contiguous" in str(error)
else:
    raise SystemExit("changed: safetensors.torch takes a tensor that is not contiguous")
print("as described: U is read as its transpose, columns that were cut out as the first numbers of all, without a word")
PY
venv/bin/python -m pip --quiet --disable-pip-version-check install safetensors==0.7.0
venv/bin/python - <<'PY'
import numpy as np
from safetensors.numpy import load, save

turned = np.asfortranarray(np.arange(6.0).reshape(2, 3))
assert np.array_equal(load(save({"u": turned}))["u"], turned), "changed: 0.7.0 loses the order, too"
print("as described: version 0.7.0 keeps it")
PY
