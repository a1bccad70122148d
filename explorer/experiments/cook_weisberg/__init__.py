"""Cook & Weisberg 1980: where influence functions came from, on a linear regression, where they are exact."""
