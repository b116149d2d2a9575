"""The remote backend: runs handed to another machine's server."""
