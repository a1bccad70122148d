"""The version of the program, which the package's metadata repeats."""

VERSION = "0.1.0"
