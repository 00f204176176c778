"""Simulated visitors with human timing, over HTTP and WebSocket only."""
