"""From a stored picture to what a network is given: orientation, size, cut, scale."""
