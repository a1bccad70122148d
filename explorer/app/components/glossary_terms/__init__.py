"""The words of the field, each with what it means, from ``assets/words/*.md``."""
