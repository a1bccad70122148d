"""Links with a bar each, the worst first."""
