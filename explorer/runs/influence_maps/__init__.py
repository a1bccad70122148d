"""Where in two pictures an influence lies: computed from a run's network, in a process of its own."""
