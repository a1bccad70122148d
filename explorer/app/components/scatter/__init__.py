"""Images as points: hover shows the picture, a drawn line chooses some; what is chosen lives in the address under a key."""
