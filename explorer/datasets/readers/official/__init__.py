"""Readers of the official files in which published data sets state their sides and labels. One file a form."""
