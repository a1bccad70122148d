"""Readers of what labelling tools export. One file a tool; pictures are looked for below the folder of the export."""
