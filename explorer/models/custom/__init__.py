"""Networks that a person brings: a specification, and one reader for each file format."""
