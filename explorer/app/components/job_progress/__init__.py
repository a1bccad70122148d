"""Work in the background as a person sees it: how far it is, how long it takes, and a button that stops it."""
