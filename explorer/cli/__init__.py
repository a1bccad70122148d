"""The command line: the same work without a browser. One command a file, registered in ``explorer.__main__``."""
