"""What nobody asked for ends with the server that began it, also where that was killed, and where it stood still."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from tests.support.servers import ROOT

# A server that begins something unasked and a job that does nothing but watch; the job's id is printed. The job says in one byte that it
# is there: of a line that is printed in two parts the second would meet a server that was killed after the first.
JOB = "import os, time; from explorer.runs.work.worker_process import end_with_parent; end_with_parent(lambda: {unasked}); os.write(1, b'x'); time.sleep(30)"
SERVER = """
import os, subprocess, sys, time
job = subprocess.Popen([sys.executable, "-c", sys.argv[1]], process_group=0, stdout=subprocess.PIPE, env=os.environ | {"EXPLORER_PARENT": str(os.getpid())})
job.stdout.read(1)
print(job.pid, flush=True)
time.sleep(30)
"""


def ended(pid, seconds):
    """Whether a process, which is nobody's child here, is gone by then."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        try:
            with open(f"/proc/{pid}/stat") as stat:
                if stat.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks at processes as Linux shows them")
@pytest.mark.parametrize(
    ("unasked", "stopped", "ends"),
    [(True, False, True), (True, True, True), (False, False, False)],
    ids=["it runs", "it stands still", "a person asked for it meanwhile"],
)
def test_what_nobody_asked_for_ends_with_its_server(unasked, stopped, ends):
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, JOB.format(unasked=unasked)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    job = int(server.stdout.readline())
    try:
        if stopped:
            os.kill(job, signal.SIGSTOP)
            time.sleep(0.1)
        server.kill()
        server.wait()
        assert ended(job, 10 if ends else 1.5) is ends
    finally:
        with suppress(ProcessLookupError):
            os.kill(job, signal.SIGKILL)
