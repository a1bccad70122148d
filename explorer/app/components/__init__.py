"""Parts that several pages draw: one folder a component."""
