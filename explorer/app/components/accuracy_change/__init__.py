"""How the accuracy of a class changed from one run to another."""
