"""Charts that can be taken along as pictures and as numbers."""
