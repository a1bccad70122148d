"""The confusion cells of the overview: counts that lead to the images behind them."""
