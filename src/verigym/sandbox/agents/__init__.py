"""The judging side of agents: how one is started and spoken with, what holds it, who uses it next."""
