"""What the process that workers are forked from has loaded, once, before the fork; nothing in it has begun a thread that a fork would lose.

Its forks do not run the program's main script again, as those of multiprocessing do: a task is found in its module, and in a server of
Streamlit the main script is a page, which each worker would draw for three seconds before its first task.
"""

from multiprocessing import spawn

import explorer.engine.base

assert explorer.engine.base


def _leave(_: str) -> None:
    """Do nothing about a main script."""


for name in ("_fixup_main_from_path", "_fixup_main_from_name"):
    setattr(spawn, name, _leave)
