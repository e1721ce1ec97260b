"""What a call may be asked: what its description says and nothing else, each once.

A parameter that is passed over answers another question than the one that was asked, so none is.
"""

from starlette.requests import Request

from app.errors import Conflict

PREFIX = "/api/v1"
_PAST = ("as_of", "known_at")


async def described(request: Request) -> None:
    """Refuse what the call does not take, and what is said twice."""
    said = [name for name, _ in request.query_params.multi_items()]
    taken = _taken(request) if said else []
    for name in said:
        if name not in taken:
            raise _unknown(name, taken)
        if said.count(name) > 1:
            raise Conflict(f"`{name}` is said twice.", "Give several values as `a,b`, where the call takes several.")


def _taken(request: Request) -> list[str]:
    """The query parameters of a call, by its description."""
    call = request.app.openapi()["paths"][PREFIX + request.scope["route"].path_format][request.method.lower()]
    return [one["name"] for one in call.get("parameters", ()) if one["in"] == "query"]


def _unknown(name: str, taken: list[str]) -> Conflict:
    if name in _PAST:
        return Conflict("This call answers for now only.", f"Leave out `{name}`.")
    return Conflict(f"This call takes no {name[:50]!r}.", f"It takes {', '.join(taken) or 'nothing'}.")
