"""Everything above, on disk: builds, runs by id and name, jobs."""
