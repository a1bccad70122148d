"""Map: where do all images lie?"""
