"""A whole distributor, simulated: its systems write what they would really send, and the truth is kept beside it.

Nothing here is shared with the engine or the rules but the names of events: what is true follows from what happened in
the simulation, by the trade's definitions.
"""
