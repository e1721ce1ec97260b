"""The strictness that every declared thing shares: nothing unknown is taken, and nothing changes after start."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict

#: What the system calls zones and no table of IANA does.
_OF_THE_SYSTEM = ("localtime", "posixrules", "Factory")


class Strict(BaseModel):
    """A section of a file that people write."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _zone(name: str) -> str:
    try:
        if name in _OF_THE_SYSTEM or name.startswith(("posix/", "right/")):
            raise ValueError
        ZoneInfo(name or "UTC")
    except (OSError, KeyError, ValueError):
        raise ValueError(f"{name!r} is no IANA zone; write one such as Europe/Berlin, or UTC") from None
    return name


#: A zone as IANA names it; "" where none is said.
ZoneName = Annotated[str, AfterValidator(_zone)]
