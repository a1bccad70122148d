"""Pictures that belong to no data set."""
