"""The order of events: constraints between them, and how long it usually takes from one to another."""
