"""The server as a client meets it: real stores, real requests, nothing mocked."""
