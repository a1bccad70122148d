"""Pictures as large as the screen: one beside the one that it is about. The browser's side only; the routes are in picture_routes."""
