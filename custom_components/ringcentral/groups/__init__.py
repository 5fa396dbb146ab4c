"""Groups of extensions, and the account as a whole."""
