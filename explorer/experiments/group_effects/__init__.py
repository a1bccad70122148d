"""Where single scores fail: what many images do together is not the sum of what each does alone."""
