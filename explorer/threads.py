"""How many threads a product of matrices is worth."""

from contextlib import AbstractContextManager, nullcontext
from functools import cache

from threadpoolctl import ThreadpoolController

# A matrix of fewer numbers is read by one core in less than a millisecond, and many small products by two threads cost more than
# they save: where other work keeps the cores busy, the threads wait for one another longer than they compute. The choice of λ on
# 800 images took 22 s beside other work, and 2.5 s by one thread. 2,000,000 numbers are 1,500 images of 1,281 features.
SMALL = 2_000_000


@cache
def _controller() -> ThreadpoolController:
    """Return what knows the BLAS libraries of this process; looking for them takes 3 ms, so it is done once."""
    return ThreadpoolController()


def one_for_small(numbers: int) -> AbstractContextManager[object]:
    """Return a block in which BLAS has one thread where the matrix that is read again and again has few ``numbers``."""
    return _controller().limit(limits=1, user_api="blas") if numbers < SMALL else nullcontext()
