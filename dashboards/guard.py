"""Who may see a page and who may act; asked on every layout and again on every callback that changes something."""

from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import Any

import dash
from dash import html

from app.cases import Identity
from app.errors import NotAllowed, NotSignedIn
from dashboards import context
from dashboards.past import unheeded

Layout = Callable[..., Coroutine[Any, Any, Any]]

#: Everyone who signs in reads; who may act, the identity itself says (executives only look).
EVERYONE = ("operations", "executive", "owner")
WORKING = ("operations", "owner")


def allowed(who: Identity | None, roles: Sequence[str]) -> bool:
    """Whether this person has one of the roles."""
    return who is not None and not set(who.roles).isdisjoint(roles)


def acting() -> Identity:
    """The person of this request, if they may change cases. Raises NotSignedIn or NotAllowed."""
    who = context.here().whoami()
    if who is None:
        raise NotSignedIn("Your session has ended.", "Sign in again.")
    if not who.may_act():
        raise NotAllowed("Your role may look at this, not change it.", "Ask for the role `operations` or `owner`.")
    return who


def acts() -> bool:
    """Whether to offer buttons that change something."""
    who = context.here().whoami()
    return who is not None and who.may_act()


def publishing() -> Identity:
    """The person of this request, if they may change rules. Raises NotSignedIn or NotAllowed."""
    who = acting()
    if not who.may_publish():
        raise NotAllowed("Your role may write and try rules, not publish them.", "Ask for the role `operations`.")
    return who


def publishes() -> bool:
    """Whether to offer to publish rules."""
    who = context.here().whoami()
    return who is not None and who.may_publish()


def guard(roles: Sequence[str], layout: Layout, past: bool = False) -> Layout:
    """The layout, shown only to these roles; others read why, and what to do. One without a `past` says so if it is asked."""

    @wraps(layout)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        who = context.here().whoami()
        if who is None:
            return refusal("You are not signed in", "Your session has ended.", "/sign-in", "Sign in")
        if not allowed(who, roles):
            return refusal(
                "This page is not for your role", "Ask an administrator for access.", "/", "Back to the start"
            )
        shown = await layout(*args, **kwargs)
        return shown if past or not {"as_of", "known_at"} & kwargs.keys() else html.Div([unheeded(), shown])

    return guarded


def page(module: str, layout: Layout, roles: Sequence[str] = EVERYONE, /, past: bool = False, **said: Any) -> None:
    """Register a page, guarded; the only way in which a page comes to be. `nav=True` puts it into the navigation, `past=True`
    says that it can show another time."""
    add: Any = dash.register_page
    add(module, layout=guard(roles, layout, past), roles=roles, **({"nav": False} | said))


def refusal(title: str, text: Any, href: str, label: str) -> Any:
    """A page that says no and where to go instead."""
    return html.Section(
        [html.H1(title), html.P(text, className="muted"), html.A(label, href=href, className="strong")],
        className="card",
    )
