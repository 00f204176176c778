"""Payment providers of our own making, on a real port, built from the providers' documentation."""
