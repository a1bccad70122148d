"""The bar of the images that a person has chosen in galleries: the browser's side only; what it asks for is done by runs/edits/actions."""
