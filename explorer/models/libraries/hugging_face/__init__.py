"""Folders of Hugging Face as networks: their configuration, their processor of pictures, their weights."""
