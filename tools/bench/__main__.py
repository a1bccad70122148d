"""``python -m tools.bench``: the default run's figures; ``python -m tools.bench NAME``: one that makes its own data.

A benchmark is a module of this folder with ``main(arguments)``: it makes its data from a seed in a folder that it removes.
"""

import importlib
import sys

# In the order of a reading; the first stands for no name.
NAMES = ("default_run", "rows", "engine", "duplicates", "build", "classes", "map")


def main() -> None:
    given = sys.argv[1:]
    name, rest = (given[0], given[1:]) if given and not given[0].startswith("-") else (NAMES[0], given)
    if name not in NAMES:
        sys.exit(f"There is no benchmark {name!r}; choose from {', '.join(NAMES)}.")
    importlib.import_module(f"tools.bench.{name}").main(rest)


if __name__ == "__main__":
    main()
