"""Reads OCEL 2.0 and 1.0 from JSON and XML."""

from collections.abc import Iterator, Sequence
from typing import Any

from collectors.document import Unread, loaded
from collectors.markup import Element, read
from collectors.ocel.log import Happening, Log, Thing, text


def of_json(body: bytes) -> Log:
    """The log of a JSON document of either version. Raises Unread."""
    said = loaded(body)
    if not isinstance(said, dict) or not ({"events", "ocel:events"} & said.keys()):
        raise Unread("malformed", "This is no OCEL: it has no events.")
    return (_first_json(said) if "ocel:events" in said else _second_json(said)).checked()


def _second_json(said: dict[str, Any]) -> Log:
    log = Log()
    for one in _objects(said.get("objects")):
        attributes = [
            (text(a.get("name")), text(a.get("time")), text(a.get("value"))) for a in _objects(one.get("attributes"))
        ]
        log.things[text(one.get("id"))] = Thing(text(one.get("type")), attributes)
    for one in _objects(said.get("events")):
        told = {text(a.get("name")): text(a.get("value")) for a in _objects(one.get("attributes"))}
        named = [(text(r.get("objectId")), text(r.get("qualifier"))) for r in _objects(one.get("relationships"))]
        log.events.append(Happening(text(one.get("id")), text(one.get("type")), text(one.get("time")), told, named))
    return log


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def _first_json(said: dict[str, Any]) -> Log:
    log = Log()
    for name, one in _named(said.get("ocel:objects")):
        attributes = [(key, "", text(value)) for key, value in _pairs(one.get("ocel:ovmap"))]
        log.things[name] = Thing(text(one.get("ocel:type")), attributes)
    for name, one in _named(said.get("ocel:events")):
        told = {key: text(value) for key, value in _pairs(one.get("ocel:vmap"))}
        given = one.get("ocel:omap")
        named = [(text(other), "") for other in given] if isinstance(given, list) else []
        log.events.append(Happening(name, text(one.get("ocel:activity")), text(one.get("ocel:timestamp")), told, named))
    return log


def _named(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, one) for name, one in _pairs(value) if isinstance(one, dict))


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    return iter(value.items()) if isinstance(value, dict) else iter(())


def of_xml(body: bytes) -> Log:
    """The log of an XML document of either version. Raises Unread."""
    root = read(body)
    events, things = root.first("events"), root.first("objects")
    if root.name != "log" or events is None:
        raise Unread("malformed", "This is no OCEL: it is no <log> with <events>.")
    log = Log()
    for one in things.children if things else ():
        name, thing = _second_thing(one) if "id" in one.attributes else _first_thing(one)
        log.things[name] = thing
    for one in events.children:
        log.events.append(_second_event(one) if "id" in one.attributes else _first_event(one))
    return log.checked()


def _second_thing(one: Element) -> tuple[str, Thing]:
    attributes = [
        (a.attributes.get("name", ""), a.attributes.get("time", ""), a.text) for a in _within(one, "attributes")
    ]
    return one.attributes["id"], Thing(one.attributes.get("type", ""), attributes)


def _second_event(one: Element) -> Happening:
    told = {a.attributes.get("name", ""): a.text for a in _within(one, "attributes")}
    named = [(r.attributes.get("object-id", ""), r.attributes.get("qualifier", "")) for r in _within(one, "objects")]
    given = one.attributes
    return Happening(given["id"], given.get("type", ""), given.get("time", ""), told, named)


def _first_thing(one: Element) -> tuple[str, Thing]:
    told = _keyed(one)
    attributes = [(key, "", value) for key, value in _keyed(_list(one, "ovmap")).items()]
    return told.get("id", ""), Thing(told.get("type", ""), attributes)


def _first_event(one: Element) -> Happening:
    told = _keyed(one)
    named = [(each.attributes.get("value", ""), "") for each in _list(one, "omap").children]
    return Happening(
        told.get("id", ""), told.get("activity", ""), told.get("timestamp", ""), _keyed(_list(one, "vmap")), named
    )


def _within(element: Element, name: str) -> Sequence[Element]:
    found = element.first(name)
    return found.children if found else []


def _list(element: Element, key: str) -> Element:
    """The list of that key in OCEL 1.0; an empty one where there is none."""
    return next((one for one in element.all("list") if one.attributes.get("key") == key), Element("list", {}))


def _keyed(element: Element) -> dict[str, str]:
    """The simple attributes of OCEL 1.0."""
    given = (one.attributes for one in element.children if one.name != "list")
    return {one["key"]: one["value"] for one in given if "key" in one and "value" in one}
