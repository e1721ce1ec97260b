"""A small distributor that writes the messages its systems would send, so that a newcomer sees a living screen."""
