"""Pictures where they lie: folders a class, and lists of files with their labels."""
