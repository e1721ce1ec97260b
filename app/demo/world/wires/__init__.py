"""What each system really sends: facts in, messages out, one module per wire."""
