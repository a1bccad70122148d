"""How many threads a product of matrices is worth."""

from contextlib import AbstractContextManager, nullcontext
from functools import cache

from threadpoolctl import ThreadpoolController

# A product of fewer multiplications takes one core about a millisecond, and two threads cost more than they save there: where
# other work keeps the cores busy, they wait for one another longer than they compute. The choice of λ on 800 images (five folds,
# 5,000,000 multiplications a product) took 22 s beside other work, and 2.5 s by one thread.
SMALL_PRODUCT = 10_000_000


@cache
def _controller() -> ThreadpoolController:
    """Return what knows the BLAS libraries of this process; looking for them takes 3 ms, so it is done once."""
    return ThreadpoolController()


def one_thread_if_small(multiplications: int) -> AbstractContextManager[object]:
    """Return a block in which BLAS has one thread where a product takes few ``multiplications``."""
    return _controller().limit(limits=1, user_api="blas") if multiplications < SMALL_PRODUCT else nullcontext()
