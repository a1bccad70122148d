"""The bar above every page: six doors in the order of the work, the pages behind them, and the case in hand."""
