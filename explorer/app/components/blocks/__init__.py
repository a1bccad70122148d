"""A page as one element: its blocks are plain data, drawn by ``assets/`` in one message and one pass."""
