"""A page as one element: its blocks are plain data, drawn by the browser in one message and one pass."""
