"""Parts of the readers of lists: columns, lines and the places of pictures."""
