"""One long work: its row, its process, and how it tells how far it is; the queue is :mod:`explorer.runs.jobs`."""
