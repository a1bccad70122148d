"""Parts of the layouts of folders: what their folders mean."""
