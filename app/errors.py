"""The few ways in which a request can fail, each with its HTTP status and what the person can do."""


def brief(fault: BaseException) -> str:
    """The first line of what a failure says; its name, where it says nothing."""
    return next((line for line in str(fault).splitlines() if line.strip()), type(fault).__name__)


class OrderscopeError(Exception):
    """A failure that a person can understand: `detail` says what is wrong, `mend` how to put it right."""

    status = 500
    title = "Something went wrong"

    def __init__(self, detail: str, mend: str = "", **extra: object) -> None:
        super().__init__(detail)
        self.detail, self.mend, self.extra = detail, mend, extra


class BadInput(OrderscopeError):
    """What was sent cannot be read."""

    status, title = 400, "The request cannot be read"


class NotSignedIn(OrderscopeError):
    """No token or session, or one that is not known."""

    status, title = 401, "Not signed in"


class NotAllowed(OrderscopeError):
    """Known, but without the right."""

    status, title = 403, "Not allowed"


class NotFound(OrderscopeError):
    """There is no such thing."""

    status, title = 404, "Not found"


class Ambiguous(OrderscopeError):
    """The name means more than one thing; `extra["candidates"]` lists them."""

    status, title = 300, "More than one match"


class Stale(OrderscopeError):
    """The case has changed since it was read; nothing was done."""

    status, title = 412, "Changed since you read it"


class TooLarge(OrderscopeError):
    """More bytes than are taken, packed or unpacked."""

    status, title = 413, "Too large"


class Conflict(OrderscopeError):
    """The action does not fit: another body under the same key, or a step that the state does not allow."""

    status, title = 422, "Cannot be done"


class Busy(OrderscopeError):
    """The queue is full; nothing was stored. Try again after `retry_after` seconds."""

    status, title = 429, "Busy"
    retry_after = 1


class WrongUse(OrderscopeError):
    """A command or a configuration is wrong; exit status 2."""

    status, title = 500, "Wrong use"
