"""The glossary: the terms of the field and their meanings, and where a page explains them."""
