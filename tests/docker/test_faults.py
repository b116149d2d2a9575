"""Faults of the docker backend: containers killed, paused and removed, engines restarted.

After each, every run has its right result or a `SandboxError`, and nothing is left behind.
"""
