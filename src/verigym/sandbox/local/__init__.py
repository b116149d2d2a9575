"""The local backend: agents in cells on this machine."""
