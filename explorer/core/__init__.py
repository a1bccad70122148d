"""What every other package uses: errors, files, the home folder, progress, threads. Imports no other package of the program."""
