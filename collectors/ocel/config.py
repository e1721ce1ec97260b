"""The mapping of an object-centric log is that of tables: each event is a row, the objects of a type are a list."""

from app.settings import Source
from collectors.mapped.language import Mapping, loaded

#: Events and objects of one log.
MAX_EVENTS, MAX_OBJECTS = 200_000, 500_000
#: Steps that a database may take for one question, and bytes of one of its values.
MAX_STEPS, MAX_VALUE = 200_000_000, 1_000_000

#: The columns of an event, as the flat form of OCEL names them; the objects of a type, and those of a qualifier.
ID, TYPE, TIME, OBJECTS, QUALIFIED = "ocel:eid", "ocel:activity", "ocel:timestamp", "ocel:type:", "ocel:qualifier:"


def load(source: Source) -> Mapping:
    """The mapping of a source. Raises WrongUse when it names none, or one that is wrong."""
    return loaded(source, Mapping)
