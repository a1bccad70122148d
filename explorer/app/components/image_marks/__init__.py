"""What is known of the images on a page: decisions, ranks, copies, groups, tags, files."""
