"""The site's pages of this app: they parse, call the domain and render."""
