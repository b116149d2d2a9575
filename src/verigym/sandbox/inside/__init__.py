"""What is sent inside as text, and runs there: it stands on the standard library alone."""
