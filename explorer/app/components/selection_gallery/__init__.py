"""What is shown of images that were chosen on a map: how many of which class, their gallery, and where they lead."""
