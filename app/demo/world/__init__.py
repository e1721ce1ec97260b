"""A whole distributor, simulated: its systems write what they would really send, and the truth is kept beside it.

Nothing here is taken from the engine, the rules or their model: only the names of events, stages and exceptions are the
same. What is true follows from what happened in the simulation, by the trade's definitions.
"""
