"""The room of a class that plays the game."""
