"""ZIP and tar archives of pictures: their members, read within bounds and written below one folder."""
