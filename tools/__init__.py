"""What checks and prepares the code; never part of the running product."""
