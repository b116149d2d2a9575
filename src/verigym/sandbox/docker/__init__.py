"""The docker backend: agents in hardened containers, the ways that lead to them, and their images."""
