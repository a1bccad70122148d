"""What every room needs: errors, files, the home folder, progress, threads. Imports nothing of the rest."""
