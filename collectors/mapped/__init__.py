"""Rows to events by a declared mapping: what the wires that read tables and logs share."""
