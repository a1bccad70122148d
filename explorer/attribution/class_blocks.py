"""What bends the risk of each class apart from a few pairs, inverted: dense in the strongest directions, a diagonal in the others.

Image i adds w h hᵀ/n to the block of class c, with w = p (1 − p). In the basis V of the features' eigenvectors the heaviest images of
a class are added as they are in the q directions of most strength; of all others, and in all other directions, the diagonal is kept.
Applying the inverses takes C·q² products, one reading of them. It is worth it where a pass over the images takes longer.
"""

from dataclasses import dataclass
from math import isqrt

import numpy as np
import scipy.linalg.lapack

# Images of a class that are added as they are, and the numbers of all blocks together (1.2 GB). Three questions of 1,000 classes
# (n = 100,000, d = 512, λ = 0.00057) took 22, 16 and 16 passes without blocks, 14, 11 and 10 with 1,024 images added and 128 pairs a
# class, 12, 9 and 9 with 2,048 and 256, 11, 8 and 8 with 4,096, 11, 8 and 7 with
# 6,000; making the blocks took 18, 19, 20 and 27 seconds.
ADDED, BLOCK_NUMBERS = 4096, 300_000_000
# Images for each column of the features from which a pass takes some times as long as the blocks do. Where there are 40 for each
# (n = 20,000), blocks save two passes of eight, and a click takes as long as without them.
MANY = 64
# Share of the diagonal that stays beside the images that are added: at least ten times what single precision rounds it by.
LEAST = 1e-3


@dataclass(frozen=True, eq=False)
class ClassBlocks:
    """S: about the inverse of each class's block, symmetric, in the basis V; directions are in the order of their strength.

    Attributes:
        dense: of the last q directions ``(C, q, q)``.
        diagonals: of those before ``(C, d − q)``.
    """

    dense: np.ndarray
    diagonals: np.ndarray

    @classmethod
    def empty(cls, n: int, d: int, classes: int) -> "ClassBlocks":
        """Return room for the blocks of n images, to be filled by :meth:`fill`."""
        q = min(d, isqrt(BLOCK_NUMBERS // classes)) if n >= MANY * d else 0
        return cls(np.empty((classes, q, q), np.float32), np.empty((classes, d - q), np.float32))

    def fill(self, place: int, images: np.ndarray, diagonal: np.ndarray) -> None:
        """Invert the block of a class.

        Args:
            place: of the class.
            images: √(w/n) h in the basis V of those that are added as they are ``(r, d)``.
            diagonal: of all images' part and λ ``(d,)``, these among them; positive.
        """
        q = self.dense.shape[1]
        np.divide(1, diagonal[: len(diagonal) - q], out=self.diagonals[place])
        if not q:
            return
        strong = np.ascontiguousarray(images[:, -q:])
        block, kept = strong.T @ strong, diagonal[-q:]
        # a part of what was there: the difference of two sums may be lost in their rounding, and so much keeps the block positive
        block[np.diag_indices(q)] += np.maximum(kept - np.einsum("rd,rd->d", strong, strong), LEAST * kept)
        # symmetric: its transpose lies in memory as LAPACK wants it, so that nothing is copied
        factor, failed = scipy.linalg.lapack.spotrf(block.T, lower=1, overwrite_a=1)
        assert not failed, "what is left of the diagonal keeps it positive"
        inverse = scipy.linalg.lapack.spotri(factor, lower=1, overwrite_c=1)[0]  # above its diagonal it is 0
        np.add(inverse, inverse.T, out=self.dense[place])
        self.dense[place][np.diag_indices(q)] /= 2

    def times(self, classes: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return S of some classes ``(g,)`` times rows of each ``(g, r, d)``."""
        weak, found = self.diagonals.shape[1], np.empty_like(rows)
        np.multiply(rows[..., :weak], self.diagonals[classes, None], out=found[..., :weak])
        if self.dense.size:
            for at, place in enumerate(classes):  # together they would be copied first
                np.matmul(rows[at, :, weak:], self.dense[place], out=found[at, :, weak:])
        return found
