"""Tables in half precision, an image a row: what an index keeps of many columns of different size."""

import numpy as np
import torch
from torch import Tensor

KEPT = torch.float16
# Rows that are turned into the precision of a product at once.
ROWS = 2048


def tensor(array: np.ndarray) -> Tensor:
    """Return a copy of a kept array: it may be mapped from a file that must not be written."""
    return torch.from_numpy(np.array(array))


def halved(table: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Return a table ``(n, r)`` with each column divided by its largest size, in half precision, and these sizes ``(r,)``."""
    sizes = table.abs().amax(dim=0).clamp_min(torch.finfo(table.dtype).tiny)
    return (table / sizes).to(KEPT).numpy(), sizes.numpy()


def product(rows: Tensor, table: np.ndarray) -> Tensor:
    """Return ``(k, n)``: rows ``(k, r)`` times each row of a kept table ``(n, r)``."""
    pieces = (table[start : start + ROWS] for start in range(0, len(table), ROWS))
    return torch.cat([rows @ tensor(piece).to(rows.dtype).T for piece in pieces], dim=1)
