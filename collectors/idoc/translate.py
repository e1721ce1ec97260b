"""From a message of IDocs to events and keys: the transmission, what it says, and what became of others."""

from app.errors import WrongUse
from app.model.event import Message, Translation
from app.settings import Source
from collectors import mapping, reading
from collectors.document import Draft, Told, Unread
from collectors.idoc import terms
from collectors.idoc.config import WIDTH, load
from collectors.idoc.segments import Idoc, idocs


def translate(message: Message, source: Source) -> Translation:
    """What the IDocs of a document say."""
    draft = Draft(message)
    try:
        table = load(source)
        found = idocs(message.body, table.direction, table.mirrored)
    except WrongUse as fault:
        return Translation(rejections=(reading.whole("mapping_invalid", fault.detail, message.body),))
    except Unread as fault:
        return Translation(rejections=(reading.whole(fault.reason, fault.detail, message.body),))
    how = terms.How(table, source.zone, draft.received)
    for place, idoc in enumerate(found):
        _one(draft, place * WIDTH, idoc, how)
    return draft.translation()


def _one(draft: Draft, item: int, idoc: Idoc, how: terms.How) -> None:
    """The events of one IDoc, each refused alone; the IDoc is refused whole where it cannot be read at all."""
    made: list[Told] = []
    with draft.refusing(item, _shown(idoc), _shown(idoc)):
        if idoc.control.said("TEST"):
            raise Unread("test_data", "The IDoc is marked as a test.")
        made += terms.told(idoc, how)
        keys = [key for one in made for key in one.keys]
        made += [terms.status(record, idoc, how, keys) for record in idoc.statuses]
        if len(made) > WIDTH:
            raise Unread("too_many_items", f"The IDoc gives more than {WIDTH:,} events.")
        for at, one in enumerate(made):
            with draft.refusing(item + at, one.native_id):
                draft.add(item + at, one)


def _shown(idoc: Idoc) -> str:
    """What names it to a person."""
    control = idoc.root.first("EDI_DC40") or idoc.root.first("EDI_DC")
    return f"{control.said('MESTYP')} {control.said('DOCNUM')}".strip() if control else ""


def version(source: Source) -> str:
    """A short name for the state of what reads a source: its own mapping and the table that comes with the product."""
    return mapping.version(mapping.text(source) + mapping.shipped("idoc"))


def sends(source: Source) -> tuple[str, ...]:
    """The event types that the table of a source can give."""
    table = load(source)
    technical = {"message.sent", "message.received", *filter(None, table.statuses.values())}
    return tuple(sorted({event.type for event in table.events} | technical))
