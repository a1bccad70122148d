"""A real Dask scheduler and workers as processes of their own, on loopback; ended with the test that began them."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Each says on its first line where it is, or that it is there.
SCHEDULER = """
import asyncio, sys
from distributed import Scheduler
async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler:
        print(scheduler.address, flush=True)
        await scheduler.finished()
asyncio.run(main())
"""
WORKER = """
import asyncio, os, sys
from distributed import Worker
async def main():
    async with Worker(sys.argv[1], nthreads=1, memory_limit=0, host="127.0.0.1") as worker:
        print(os.getpid(), flush=True)
        await worker.finished()
asyncio.run(main())
"""


@contextlib.contextmanager
def process(code, *words, folder, **more):
    """A Python process that says one line when it is ready; ``more`` is its environment beside that of now."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "DASK_TEMPORARY_DIRECTORY": str(folder)} | more
    with open(folder / "said", "ab") as said:
        begun = subprocess.Popen(
            [sys.executable, "-c", code, *words], stdout=subprocess.PIPE, stderr=said, env=env, cwd=ROOT
        )
    try:
        yield begun
    finally:
        begun.kill()
        begun.wait()
        begun.stdout.close()


def line(begun):
    """The first line of a process: it is ready."""
    return begun.stdout.readline().decode().strip()


@contextlib.contextmanager
def scheduler(folder):
    """A scheduler: the process and its address."""
    with process(SCHEDULER, folder=folder) as begun:
        yield begun, line(begun)


@contextlib.contextmanager
def workers(address, count, folder, **more):
    """Workers of one thread without a nanny, which are not begun again when they die; see :func:`process`."""
    with contextlib.ExitStack() as stack:
        begun = [stack.enter_context(process(WORKER, address, folder=folder, **more)) for _ in range(count)]
        for each in begun:
            line(each)
        yield begun
