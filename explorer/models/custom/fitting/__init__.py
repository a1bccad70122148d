"""A person's weights brought to a network: the sets in a file, their names, their first and last layers, what is said of it."""
