"""Interfaces that get worse: hard limits, shifts against their own past, and states that do not flap."""
