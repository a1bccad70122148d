"""Explain: who taught the model this?"""
