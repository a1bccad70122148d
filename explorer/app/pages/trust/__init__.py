"""Trust: do the scores tell the truth here?"""
