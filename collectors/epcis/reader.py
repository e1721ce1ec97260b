"""Finds the events in a document, whichever of its forms it has: JSON-LD or XML, a document, a query's answer, one event.

Events of XML become the objects that JSON-LD has, so that one reading serves both.
"""

from collections.abc import Iterator
from typing import Any

from collectors.document import Unread, loaded
from collectors.epcis.config import KINDS
from collectors.markup import Element, read

#: Events of one document.
MAX_EVENTS = 200_000
_TEXT_LISTS = {"epcList", "childEPCs", "inputEPCList", "outputEPCList", "correctiveEventIDs"}
_QUANTITY_LISTS = {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}
_TYPED_LISTS = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
_PARTS = {"readPoint", "bizLocation", "errorDeclaration"}
#: What EPCIS 1.2 puts around whatever came after 1.0.
_WRAPS = {"extension", "baseExtension"}
#: The event of EPCIS 1.0 for counts; its class and quantity are those of an ObjectEvent.
_COUNT = "QuantityEvent"


def events(body: bytes) -> list[Any]:
    """The events of a document, in order; each should be an object. Raises Unread for what is no EPCIS."""
    start = body.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")[:1]
    found = _of_xml(read(body)) if start == b"<" else _of_json(loaded(body))
    if len(found) > MAX_EVENTS:
        raise Unread("too_many_items", f"The document has more than {MAX_EVENTS:,} events.")
    return found


def _of_json(said: Any) -> list[Any]:
    if isinstance(said, list):
        return said
    if not isinstance(said, dict):
        raise Unread("malformed", "This is no EPCIS document: it is no object.")
    if str(said.get("type", "")).endswith("Event"):
        return [said]
    body = said.get("epcisBody")
    results = body.get("queryResults") if isinstance(body, dict) else None
    inner = results.get("resultsBody") if isinstance(results, dict) else body
    listed = inner.get("eventList", inner.get("event")) if isinstance(inner, dict) else None
    if isinstance(listed, dict):
        return [listed]
    if not isinstance(listed, list):
        raise Unread("malformed", "This is no EPCIS document: it has no epcisBody with an eventList.")
    return listed


def _of_xml(root: Element) -> list[Any]:
    if root.local in (*KINDS, _COUNT):
        return [_event(root)]
    if root.local == "EPCISMasterDataDocument":
        raise Unread("no_events", "Master data of EPCIS is not read.")
    if root.local not in ("EPCISDocument", "EPCISQueryDocument", "EventList"):
        raise Unread("malformed", f"This is no EPCIS document: it is a <{root.name[:40]}>.")
    lists = [root] if root.local == "EventList" else list(_named(root, "EventList"))
    if not lists:
        raise Unread("malformed", "This is no EPCIS document: it has no EventList.")
    return [_event(one) for listed in lists for one in _unwrapped(listed)]


def _named(element: Element, name: str) -> Iterator[Element]:
    for child in element.children:
        if child.local == name:
            yield child
        elif not child.local.endswith("Event"):
            yield from _named(child, name)


def _unwrapped(element: Element) -> Iterator[Element]:
    """The children, with what stands in the wrappers of EPCIS 1.2 in their place."""
    for child in element.children:
        if child.name in _WRAPS:
            yield from _unwrapped(child)
        else:
            yield child


def _event(element: Element) -> dict[str, Any]:
    said: dict[str, Any] = {"type": element.local}
    for child in _unwrapped(element):
        said.setdefault(child.name, _value(child))
    return said


def _value(element: Element) -> Any:
    """What an element of an event is in JSON-LD."""
    name = element.name
    if name in _TEXT_LISTS:
        return [child.text for child in element.children]
    if name in _QUANTITY_LISTS:
        return [{part.name: part.text for part in child.children} for child in element.children]
    if name in _TYPED_LISTS:
        part = _TYPED_LISTS[name]
        return [{"type": child.attributes.get("type", ""), part: child.text} for child in element.all(part)]
    if name in _PARTS:
        return {child.name: _value(child) for child in _unwrapped(element)}
    return element.text if not element.children else {child.name: child.text for child in element.children}
