"""What every page answers about itself."""
