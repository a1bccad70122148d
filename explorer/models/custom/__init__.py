"""A person's own networks: their specification, and one reader for each file format; ``backbones`` has the table."""
