"""`orderscope replay`: rejected messages again, through the running server or into the stores."""

from collections.abc import Callable
from typing import Any

from app.cases.identity import Identity
from app.contracts import Wanted
from app.main.house import built
from app.main.remote import Remote
from app.settings import Settings
from app.web.replaying import Replays, chosen
from collectors import COLLECTORS

Row = dict[str, Any]
#: Who a command acts as where no server says it.
COMMAND = Identity("command-line", kind="command", scopes=frozenset({"act"}))
#: No choice means all letters, since whenever.
_EVER = "1970-01-01T00:00:00Z"
_ADDED = ("messages", "letters", "accepted", "duplicate", "nothing", "rejected", "made", "replaced", "kept", "failed")


def replayed(settings: Settings, said: Row) -> Row:
    """Put through again what `said` chooses (as `POST /api/v1/dead-letters/replay` takes it), call by call."""
    remote = Remote.running(settings)
    if remote:
        asked = {name: value for name, value in said.items() if value}
        if not asked.keys() & {"source", "reason", "ids"}:
            asked["from"] = _EVER
        return _through(lambda after: remote.ask("/api/v1/dead-letters/replay", asked | {"after": after}))
    house = built(settings)
    try:
        replays = Replays(house.reader, house.intake, settings.sources, COLLECTORS)
        where = chosen([said["source"]] * bool(said["source"]), [said["reason"]] * bool(said["reason"]), None, None)

        def once(after: int) -> Row:
            ids = tuple(said["ids"])
            wanted = Wanted(where | {"after": after}, ids, said["older"], said["why"], said["dry_run"])
            return replays.many(wanted, COMMAND)

        return _through(once)
    finally:
        house.close()


def _through(once: Callable[[int], Row]) -> Row:
    """Call by call until nothing is left."""
    total = once(0)
    while total["left"]:
        more = once(total["last"])
        total |= {name: total[name] + more[name] for name in _ADDED}
        total |= {"items": total["items"] + more["items"], "left": more["left"], "last": more["last"]}
    return total


def shown(done: Row) -> str:
    """What came of it, in a few lines; of what is still refused, the first ones."""
    would = "would be " if done["dry_run"] else ""
    head = (
        f"{done['messages']:,} messages, {done['letters']:,} letters: {done['accepted']:,} {would}accepted, {done['duplicate']:,} known"
        f" already, {done['nothing']:,} without an event, {done['rejected']:,} still rejected."
        f" {done['made']:,} events {would}made, {done['replaced']:,} {would}replaced, {done['kept']:,} kept."
    )
    letters = [letter for one in done["items"] for letter in one["letters"] if letter["result"] == "rejected"]
    lines = [f"  {one['id']}: {one['reason']} {one['detail']}" for one in letters[:10]]
    return "\n".join(
        [head, *lines, *(f"  message {one['message']}: {one['fault']}" for one in done["items"] if "fault" in one)]
    )
