"""What every page answers of itself: what am I looking at, and what can I not conclude?"""
