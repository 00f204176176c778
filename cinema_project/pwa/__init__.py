"""Progressive web app: the manifest and the service worker."""
