"""Stands where a server expects the process of a command: has a fork of the one that has loaded torch do it (``ready.py``).

Begun with Python's ``-IS``, and imports next to nothing: it takes 20 ms. What the server reads, writes and signals reaches the fork.
"""

import marshal
import os
import signal
import socket
import sys

FORWARDED = (signal.SIGTERM, signal.SIGINT)
_, place, *words = sys.argv

with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
    line.connect(f"\0{place}")
    socket.send_fds(line, [marshal.dumps((words, dict(os.environ), os.getcwd(), os.nice(0)))], range(3))
    for number in FORWARDED:
        signal.signal(number, lambda number, _: line.send(bytes([number])))
    ended = marshal.loads(line.recv(100))
if ended < 0:
    signal.signal(-ended, signal.SIG_DFL)
    os.kill(os.getpid(), -ended)
os._exit(ended)
