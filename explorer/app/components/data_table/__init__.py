"""Tables that stand alone on a page."""
