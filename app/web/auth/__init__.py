"""Who comes in: people with passwords and sessions, sign-in links, tokens, and the gate in front of everything."""

from app.web.auth.gate import Gate
from app.web.auth.links import link
from app.web.auth.people import add_person, disable_person, people
from app.web.auth.registry import Registry
from app.web.auth.tokens import add_token, disable_token, tokens

__all__ = [
    "Gate",
    "Registry",
    "add_person",
    "add_token",
    "disable_person",
    "disable_token",
    "link",
    "people",
    "tokens",
]
