"""Data sets with a name, one source for each file; the registry is :data:`explorer.datasets.SOURCES`."""
