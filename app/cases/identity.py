"""Who is asking: a person or a token, and what they may do. Pages, API and actions all read it here."""

from contextvars import ContextVar
from dataclasses import dataclass, field

from app.errors import NotAllowed, NotSignedIn

ROLES = ("operations", "executive", "owner")
ACTING = frozenset({"operations", "owner"})


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in person or a token; `teams` and `owners` are the names under which cases are theirs."""

    name: str
    kind: str = "person"
    title: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)
    teams: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()

    @property
    def actor(self) -> str:
        """The name under which moves are recorded; a token never looks like a person."""
        return self.name if self.kind == "person" else f"{self.kind}:{self.name}"

    @property
    def mine(self) -> tuple[str, ...]:
        """Every owner or team name that means this person."""
        return tuple(dict.fromkeys((self.name, *self.owners, *self.teams)))

    def may_read(self) -> bool:
        """Any role reads; a token needs the scope."""
        return bool(self.roles) or bool(self.scopes & {"read", "admin"})

    def may_act(self) -> bool:
        """Operations and owners act, executives only look; a token needs the scope."""
        return bool(self.roles & ACTING) or bool(self.scopes & {"act", "admin"})

    def may_publish(self) -> bool:
        """Operations change the rules for everyone; a token needs the scope `admin`."""
        return "operations" in self.roles or "admin" in self.scopes

    def may_ingest(self, source: str) -> bool:
        """Whether items of this source may be sent."""
        return bool(self.scopes & {"ingest:*", f"ingest:{source}"})


#: Who makes the request that is being answered; set by the gate in front of everything.
current: ContextVar[Identity | None] = ContextVar("current", default=None)
#: The id of that request, kept in the history of what it changes.
request_id: ContextVar[str] = ContextVar("request_id", default="")


def known() -> Identity:
    """Who is asking; raises NotSignedIn."""
    who = current.get()
    if who is None:
        raise NotSignedIn("This needs a session or a token.", "Sign in, or send `Authorization: Bearer TOKEN`.")
    return who


def reading() -> Identity:
    """Who is asking, if they may read."""
    who = known()
    if not who.may_read():
        raise NotAllowed("This token may not read.", "Use a token with the scope `read`.")
    return who


def acting() -> Identity:
    """Who is asking, if they may change cases."""
    who = known()
    if not who.may_act():
        raise NotAllowed("You may look but not act.", "Ask for the role `operations` or `owner`, or the scope `act`.")
    return who


def publishing() -> Identity:
    """Who is asking, if they may change rules."""
    who = known()
    if not who.may_publish():
        raise NotAllowed("You may read rules, not change them.", "Ask for the role `operations`, or the scope `admin`.")
    return who
