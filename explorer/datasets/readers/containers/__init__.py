"""Readers of files that hold many pictures each: tables, shards and arrays. One file a format; nothing is unpacked."""
