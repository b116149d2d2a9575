"""Faults of the local backends: agents killed, owners killed, processes forked, limits exhausted.

After each, every run has its right result or a `SandboxError`, and nothing is left behind.
"""
