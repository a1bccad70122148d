"""Slow twins of the head's mathematics: dense, in loops, in float64, straight from the formulas of docs/conventions.md.

Weights W ``(C, d)`` are flattened by rows to ``C·d`` numbers, all of them free: nothing here knows contrasts. The twins
share no line with the program, so that an agreement is evidence.
"""

import numpy as np

# Newton converges quadratically: 60 steps are far more than any small problem takes.
STEPS, STATIONARY = 60, 1e-10


def probabilities(weights, feature):
    """Softmax of W h, ``(C,)`` (Bishop 2006, eq. 4.104)."""
    logits = weights @ feature
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def loss(weights, feature, label):
    """−log p(label) in nats (Bishop 2006, eq. 4.108, one image)."""
    return -np.log(probabilities(weights, feature)[label])


def risk(features, labels, weights, l2, row_weights=None):
    """R(W) = (1/n) Σ_i w_i loss(z_i, W) + (λ/2)‖W‖² (Koh & Liang 2017, section 2, with a penalty)."""
    shares = np.ones(len(features)) if row_weights is None else row_weights
    total = sum(w * loss(weights, h, y) for w, h, y in zip(shares, features, labels, strict=True))
    return total / len(features) + l2 / 2 * np.sum(weights**2)


def image_gradient(weights, feature, label):
    """∇loss(z, W) = (p − y) ⊗ h, ``(C·d,)`` (Bishop 2006, eq. 4.109, one image)."""
    return np.outer(probabilities(weights, feature) - np.eye(len(weights))[label], feature).ravel()


def gradient(features, labels, weights, l2, row_weights=None):
    """∇R(W) ``(C·d,)``, image by image (Bishop 2006, eq. 4.109)."""
    shares = np.ones(len(features)) if row_weights is None else row_weights
    total = l2 * weights.ravel()
    for share, feature, label in zip(shares, features, labels, strict=True):
        total = total + share * image_gradient(weights, feature, label) / len(features)
    return total


def kron(one, other):
    """one ⊗ other of two matrices; ``np.kron`` takes eight times as long for small ones, and gives the same bits."""
    return (one[:, None, :, None] * other[None, :, None, :]).reshape(len(one) * len(other), -1)


def hessian(features, weights, l2, row_weights=None):
    """H = (1/n) Σ_i w_i (diag(p_i) − p_i p_iᵀ) ⊗ h_i h_iᵀ + λI, ``(C·d, C·d)`` (Bishop 2006, eq. 4.110)."""
    shares = np.ones(len(features)) if row_weights is None else row_weights
    total = l2 * np.eye(weights.size)
    for share, feature in zip(shares, features, strict=True):
        p = probabilities(weights, feature)
        total = total + share * kron(np.diag(p) - np.outer(p, p), np.outer(feature, feature)) / len(features)
    return total


def fit(features, labels, classes, l2, row_weights=None):
    """Ŵ ``(C, d)`` with ‖∇R‖ ≤ 1e-10, by dense Newton steps halved until the risk falls (Nocedal & Wright 2006, ch. 3)."""
    weights = np.zeros((classes, features.shape[1]))
    for _ in range(STEPS):
        slope = gradient(features, labels, weights, l2, row_weights)
        if np.linalg.norm(slope) <= STATIONARY:
            return weights
        step = -np.linalg.solve(hessian(features, weights, l2, row_weights), slope).reshape(weights.shape)
        before = risk(features, labels, weights, l2, row_weights)
        while risk(features, labels, weights + step, l2, row_weights) > before + 1e-12:
            step = step / 2
        weights = weights + step
    raise AssertionError(f"the slow twin does not converge: ‖∇R‖ = {np.linalg.norm(slope):.1e}")


def refit_without(features, labels, classes, l2, i):
    """W without image i: its weight is 0, n and λ stay."""
    row_weights = np.ones(len(features))
    row_weights[i] = 0
    return fit(features, labels, classes, l2, row_weights)


def refit_scores(features, labels, classes, l2, test_feature, target):
    """s(i, t) = loss(t; W without i) − loss(t; Ŵ) ``(n,)``, every one by a real refit."""
    whole = loss(fit(features, labels, classes, l2), test_feature, target)
    without = [refit_without(features, labels, classes, l2, i) for i in range(len(features))]
    return np.array([loss(weights, test_feature, target) - whole for weights in without])


def influence_scores(features, labels, weights, l2, test_feature, target):
    """s(i, t) = (1/n) ∇loss(t)ᵀ H⁻¹ ∇loss(i) ``(n,)``, positive where i helps (Koh & Liang 2017, eq. 2, times −1/n)."""
    inverse = np.linalg.inv(hessian(features, weights, l2))
    pull = image_gradient(weights, test_feature, target)
    rows = zip(features, labels, strict=True)
    return np.array([pull @ inverse @ image_gradient(weights, h, y) for h, y in rows]) / len(features)


def root(weights, feature, n):
    """U_i = (1/√n) L_i ⊗ h_i with L_i = diag(√p_i) − p_i √p_iᵀ, ``(C·d, C)`` (docs/conventions.md)."""
    p = probabilities(weights, feature)
    return kron(np.diag(np.sqrt(p)) - np.outer(p, np.sqrt(p)), feature[:, None]) / np.sqrt(n)


def removal_step(features, labels, weights, inverse, i):
    """ΔW_i = G g_i + G U_i (I − U_iᵀ G U_i)⁻¹ U_iᵀ G g_i, ``(C, d)`` (for C = 2 Pregibon 1981, eq. 4.7)."""
    pull = image_gradient(weights, features[i], labels[i]) / len(features)
    u = root(weights, features[i], len(features))
    inner = np.linalg.inv(np.eye(len(weights)) - u.T @ inverse @ u)
    return (inverse @ pull + inverse @ u @ inner @ u.T @ inverse @ pull).reshape(weights.shape)


def newton_scores(features, labels, weights, l2, test_feature, target):
    """s(i, t) = loss(t; Ŵ + ΔW_i) − loss(t; Ŵ) ``(n,)`` with the exact loss (docs/conventions.md)."""
    inverse = np.linalg.inv(hessian(features, weights, l2))
    whole = loss(weights, test_feature, target)
    steps = [removal_step(features, labels, weights, inverse, i) for i in range(len(features))]
    return np.array([loss(weights + step, test_feature, target) - whole for step in steps])


def gradient_products(features, labels, weights, l2, test_feature, target):
    """∇loss(i)ᵀ ∇loss(t) ``(n,)`` (Charpiat et al. 2019)."""
    pull = image_gradient(weights, test_feature, target)
    return np.array([image_gradient(weights, h, y) @ pull for h, y in zip(features, labels, strict=True)])


def gradient_cosines(features, labels, weights, l2, test_feature, target):
    """Cosine of ∇loss(i) and ∇loss(t) ``(n,)`` (Charpiat et al. 2019)."""
    pull = image_gradient(weights, test_feature, target)
    found = []
    for h, y in zip(features, labels, strict=True):
        own = image_gradient(weights, h, y)
        found.append(own @ pull / np.sqrt((own @ own) * (pull @ pull)))
    return np.array(found)


def relative_influence(features, labels, weights, l2, test_feature, target):
    """∇loss(t)ᵀ H⁻¹ ∇loss(i) / ‖H⁻¹ ∇loss(i)‖ ``(n,)`` (Barshan et al. 2020, θ-RelatIF)."""
    inverse = np.linalg.inv(hessian(features, weights, l2))
    pull = image_gradient(weights, test_feature, target)
    steps = [inverse @ image_gradient(weights, h, y) for h, y in zip(features, labels, strict=True)]
    return np.array([pull @ step / np.sqrt(step @ step) for step in steps])


def representer_values(features, labels, weights, l2, test_feature, target):
    """−(p_i − y_i)_target (h_i · h_t) / (λn) ``(n,)`` (Yeh et al. 2018, theorem 3.1)."""
    found = []
    for h, y in zip(features, labels, strict=True):
        residual = probabilities(weights, h)[target] - (1.0 if y == target else 0.0)
        found.append(-residual * (h @ test_feature) / (l2 * len(features)))
    return np.array(found)


def signed_cosines(features, labels, weights, l2, test_feature, target):
    """Cosine of the feature rows, negative where the label differs from the target ``(n,)`` (Hanawa et al. 2021)."""
    found = []
    for h, y in zip(features, labels, strict=True):
        cosine = h @ test_feature / np.sqrt((h @ h) * (test_feature @ test_feature))
        found.append(cosine if y == target else -cosine)
    return np.array(found)


def traced(features, labels, weights, l2, test_feature, target):
    """Σ_k (η/n) ∇loss(i, W_k)ᵀ ∇loss(t, W_k) over 10 steps of gradient descent from 0 ``(n,)`` (Pruthi et al. 2020)."""
    n, found, now = len(features), np.zeros(len(features)), np.zeros_like(weights)
    step = 1 / (0.5 * np.linalg.eigvalsh(sum(np.outer(h, h) for h in features) / n).max() + l2)
    for _ in range(10):
        pull = image_gradient(now, test_feature, target)
        for i in range(n):
            found[i] += step / n * image_gradient(now, features[i], labels[i]) @ pull
        now = now - step * gradient(features, labels, now, l2).reshape(now.shape)
    return found


def leverages(features, weights, l2):
    """tr(U_iᵀ G U_i) ``(n,)`` (the softmax form of Cook & Weisberg 1980's hat matrix)."""
    inverse = np.linalg.inv(hessian(features, weights, l2))
    roots = [root(weights, feature, len(features)) for feature in features]
    return np.array([np.trace(u.T @ inverse @ u) for u in roots])


def folds(labels, count, seed):
    """A stratified fold for each row ``(n,)``: rows shuffled, then dealt like cards, class after class."""
    order = np.random.default_rng(seed).permutation(len(labels))
    dealt = [row for label in sorted(set(labels.tolist())) for row in order if labels[row] == label]
    found = np.empty(len(labels), dtype=int)
    for turn, row in enumerate(dealt):
        found[row] = turn % count
    return found


def cross_validated(features, labels, classes, l2, fold_of):
    """Mean log-loss of the images left out, one fit a fold on that fold's own n (Stone 1974, eq. 1.1)."""
    total = 0.0
    for fold in set(fold_of.tolist()):
        inside = fold_of != fold
        weights = fit(features[inside], labels[inside], classes, l2)
        total += sum(loss(weights, h, y) for h, y in zip(features[~inside], labels[~inside], strict=True))
    return total / len(labels)
