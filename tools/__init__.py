"""What developers run: benchmarks, and finding a browser for the tests."""
