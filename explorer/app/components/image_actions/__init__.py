"""Actions at hand where an image stands: quiet buttons whose clicks are written down before the screen says so."""
