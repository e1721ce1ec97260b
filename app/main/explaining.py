"""`orderscope explain`: one order with its reasons, from the running server or from the stores."""

import urllib.parse
from typing import Any

from app.main.house import opened
from app.main.remote import Remote
from app.settings import Settings


def explained(settings: Settings, key: str) -> dict[str, Any]:
    """The order, why its events are its own, and its open exceptions."""
    remote = Remote.running(settings)
    if remote:
        path = f"/api/v1/orders/{urllib.parse.quote(key, safe='')}"
        order = remote.get(path)
        links = remote.all(f"/api/v1/orders/{order['order_id']}/links")
        cases = [remote.get(f"/api/v1/exceptions/{case}") for case in order["exceptions"]]
        return {"order": order, "links": links, "exceptions": cases}
    with opened(settings) as house:
        order = house.reader.order(key)
        cases = [house.cases.one(case) for case in order["exceptions"]]
        return {"order": order, "links": house.reader.links(order["order_id"]), "exceptions": cases}
