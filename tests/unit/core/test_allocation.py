"""What a long computation frees stays with the process, and goes back to the system afterwards."""

import gc
import platform
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from explorer.core.allocation import reused_memory, without_garbage_search
from explorer.core.errors import ExplorerError
from explorer.datasets.readers.containers.index import PictureIndex

GLIBC = platform.libc_ver()[0] == "glibc"
SCRIPT = """
import resource
import numpy as np
from explorer.core.allocation import reused_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(40):
        held = [np.ones(500_000) for _ in range(5)]  # 4 MB each
        del held
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

with reused_memory():
    held = [np.ones(500_000) for _ in range(5)]
    del held
    with reused_memory():  # of another thread, or of a pass within a pass
        pass
    print(faults())
held = np.ones(20_000_000)
with reused_memory():
    del held
with open("/proc/self/statm") as stream:
    print(int(stream.read().split()[1]) * resource.getpagesize())
"""


@pytest.mark.skipif(not GLIBC, reason="only glibc has mallopt")
def test_an_array_that_is_freed_and_made_again_faults_no_page_in_and_all_goes_back_at_the_end():
    lines = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCRIPT)], capture_output=True, text=True, check=True
    ).stdout.split()
    pages, resident = int(lines[0]), int(lines[1])
    assert pages < 1000, "200 arrays of 977 pages each"
    assert resident < 120_000_000, "160 MB were freed"


def test_where_the_c_library_has_no_such_functions_it_computes_as_ever(monkeypatch):
    monkeypatch.setattr("explorer.core.allocation._glibc", lambda: None)
    with reused_memory():
        assert np.ones(3).sum() == 3


def test_garbage_is_searched_for_again_however_it_ends_and_whoever_else_does_without():
    def fails():
        assert not gc.isenabled()
        raise ExplorerError("it ends")

    with pytest.raises(ExplorerError), without_garbage_search(), without_garbage_search():
        fails()
    assert gc.isenabled()
    gc.disable()
    try:
        with without_garbage_search():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_pictures_of_tables_are_listed_without_searching_for_garbage():
    searched = []

    class Column(list):
        def __iter__(self):
            for value in super().__iter__():
                searched.append(gc.isenabled())
                yield value

    index = PictureIndex({"name": Column(["a", "b"]), "label": ["cat", "dog"], "side": ["train", "test"]})
    assert [entry.label for entry in index.entries({"train": "", "test": "test"})] == ["cat", "dog"]
    assert searched == [False, False]
    assert gc.isenabled()
