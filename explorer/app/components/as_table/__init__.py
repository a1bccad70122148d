"""The numbers of a page as a table that opens where they stand."""
