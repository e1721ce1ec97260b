"""How a web service is asked: the client with its secret, what is tried again and for how long."""

import httpx

from app.pulls import RestPull
from app.secret import secret

#: Seconds for a connection, and between two pieces of an answer.
_CONNECT, _PIECE = 10.0, 30.0
#: Tries of one page; the pause before the next doubles from one second on, unless the server names one.
TRIES = 5
#: The longest pause that is waited for inside a run, in seconds; past it the run ends and the schedule goes on.
PATIENCE = 120.0
#: Answers that may be better the next time.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


def client(pull: RestPull) -> httpx.Client:
    """A client that follows no redirect, so that the secret goes to the declared address and nowhere else."""
    headers = {"Accept-Encoding": "gzip", "User-Agent": "orderscope", **pull.headers}
    if pull.secret_from:
        headers[pull.secret_header] = pull.secret_prefix + secret(pull.secret_from)
    return httpx.Client(headers=headers, timeout=httpx.Timeout(_PIECE, connect=_CONNECT), follow_redirects=False)
