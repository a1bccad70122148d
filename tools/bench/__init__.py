"""Benchmarks that anybody can run: ``python -m tools.bench NAME --help``."""
