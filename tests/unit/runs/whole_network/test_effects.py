"""The reverse view of the basis is its explanations read the other way."""

import numpy as np

from explorer.attribution.replays import ReplayBasis, share_held
from explorer.runs.whole_network.effects import effects, shares_held
from explorer.runs.whole_network.network_outputs import InBasis


def test_the_effects_of_an_image_are_its_column_of_all_explanations():
    generator = np.random.default_rng(0)
    directions = generator.normal(size=(4, 30)).astype(np.float16)
    table = generator.integers(-127, 128, size=(4, 6)).astype(np.int8)
    basis = ReplayBasis(directions, table, generator.random(4))
    tests = InBasis(*(generator.normal(size=shape) for shape in ((5, 3), (5, 3, 4), (5, 3, 2))))  # three classes
    labels = np.array([0, 2, 1, 1, 0])
    rows = [-basis.derivatives(tests.loss(row, int(label))[0])[0] for row, label in enumerate(labels)]
    found = np.stack([effects(basis, tests, labels, image) for image in range(6)], axis=1)
    np.testing.assert_allclose(found, np.stack(rows), rtol=1e-10)
    assert np.abs(found).max() > 1
    held = [
        share_held(basis.derivatives(own), probed)[0]
        for own, probed in (tests.loss(row, labels[row]) for row in (3, 1))
    ]
    np.testing.assert_allclose(shares_held(basis, tests, labels, [3, 1]), held, rtol=1e-10)
    assert 0 < min(held) < max(held) < 1
