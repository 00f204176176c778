"""Moviegoers with human timing against a running server, over HTTP and WebSocket alone."""
