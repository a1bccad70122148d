"""Whether scores are true: real refits beside predictions, and the fewest images whose removal flips a prediction."""
