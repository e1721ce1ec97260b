"""What a decoded event may still get wrong: numbers that are none, times that cannot be, a media type that is none.

Each check first asks one cheap question about all events together; only when the answer is not plainly good does it
look at them one by one.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from app.model.event import Rejection
from collectors.cloudevents.config import Event
from collectors.cloudevents.reader import Draft, is_media
from collectors.reading import EARLIEST, LATEST_PROMISE, SKEW, are_plain, micros, off_range, plain

_Fault = tuple[str, str] | None
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
_LAST = datetime(2199, 12, 31, tzinfo=UTC)


def check(draft: Draft, received: int) -> list[int]:
    """Refuse what cannot be, set back what is a little ahead; gives each event's time in microseconds."""
    if not are_plain(_numbers(draft.events)):
        _refuse_each(draft, _mend_numbers)
    if not all(_FIRST < at < _LAST for event in draft.events for at in _other_times(event)):
        _refuse_each(draft, _bad_other_time)
    if not all(map(is_media, {event.datacontenttype for event in draft.events} - {None})):
        _refuse_each(draft, _bad_media)
    stamps = _stamps(draft.events, received)
    if stamps and (min(stamps) < EARLIEST or max(stamps) > received + SKEW):
        _refuse_each(draft, lambda event: _bad_time(event, received))
        stamps = _set_back(draft, _stamps(draft.events, received), received)
    return stamps


def _refuse_each(draft: Draft, fault_of: Callable[[Event], _Fault]) -> None:
    refused = {}
    for item, event in zip(draft.items, draft.events, strict=True):
        if fault := fault_of(event):
            refused[item] = Rejection(item, *fault, native_id=event.id[:200], source=event.source[:200])
    if refused:
        draft.refuse(refused)


def _numbers(events: list[Event]) -> list[str]:
    """Every amount, quantity and price."""
    datas = [event.data for event in events if event.data]
    amounts = [data.amount for data in datas if data.amount is not None]
    lines = [line for data in datas if data.lines for line in data.lines]
    return amounts + [one for line in lines for one in (line.qty, line.price) if one is not None]


def _mend_numbers(event: Event) -> _Fault:
    """Write the numbers of an event as plain decimal text, or say which is none."""
    if event.data is None:
        return None
    lines = [(f"line {line.line or at}: ", line) for at, line in enumerate(event.data.lines or (), 1)]
    places: list[tuple[str, Any, str]] = [("", event.data, "amount")]
    places += [(where, line, name) for where, line in lines for name in ("qty", "price")]
    return next(filter(None, (_mend(where, part, name) for where, part, name in places)), None)


def _mend(where: str, part: Any, name: str) -> _Fault:
    shown = getattr(part, name)
    number = plain(shown) if shown else None
    setattr(part, name, number)
    if number is not None or not (shown or "").strip():
        return None
    reason = "bad_quantity" if name == "qty" else "bad_amount"
    return reason, f"{where}{name} {shown[:60]!r} is no decimal number of at most 18 digits, 6 of them decimals."


def _other_times(event: Event) -> list[datetime]:
    promised = event.data.promised_at if event.data else None
    return [at for at in (promised, event.receivedat, event.recordedtime) if at is not None]


def _bad_other_time(event: Event) -> _Fault:
    wrong = [at for at in _other_times(event) if not EARLIEST < micros(at) < LATEST_PROMISE]
    return ("time_out_of_range", f"{wrong[0].isoformat()} lies before 1990 or after 2199.") if wrong else None


def _bad_media(event: Event) -> _Fault:
    wrong = event.datacontenttype is not None and not is_media(event.datacontenttype)
    return ("bad_envelope", "The datacontenttype is not a media type.") if wrong else None


def _bad_time(event: Event, received: int) -> _Fault:
    why = event.time and off_range(micros(event.time), received)
    return ("time_out_of_range", f"time: {event.time.isoformat()}. {why}") if why and event.time else None


def _stamps(events: list[Event], received: int) -> list[int]:
    return [micros(event.time) if event.time else received for event in events]


def _set_back(draft: Draft, stamps: list[int], received: int) -> list[int]:
    """Events up to a day ahead of their arrival are set back to it and marked; the time they gave is kept."""
    for item, event, stamp in zip(draft.items, draft.events, stamps, strict=True):
        if stamp > received + SKEW and event.time:
            draft.flag(item, "clamped")
            draft.extras.setdefault(item, {})["occurred_at_raw"] = event.time.isoformat()
    return [received if stamp > received + SKEW else stamp for stamp in stamps]
