"""Overview: how good is the model, and for whom not? Its script is pages/overview.py."""
