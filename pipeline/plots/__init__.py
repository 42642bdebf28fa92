"""Pictures: one module a kind of picture, one style for all of them."""
