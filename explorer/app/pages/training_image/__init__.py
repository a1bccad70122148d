"""Training image: what does this training image do?"""
