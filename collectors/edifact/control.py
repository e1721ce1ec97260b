"""CONTRL and APERAK: what became of messages on their way. They say that something was readable, never that an order
was accepted or will ship.
"""

from collectors.edifact import codes
from collectors.edifact.draft import Draft, Key, Reader
from collectors.edifact.syntax import Segment

#: Where in UCI, UCF and UCM the action (0083) and the error (0085) stand.
_ACTION = {"UCI": (4, 5), "UCF": (4, 5), "UCM": (3, 4)}


def syntax(reader: Reader) -> list[Draft]:
    """CONTRL: one event for the interchange and one per message named; a level without an action is as the one above."""
    made: list[Draft] = []
    above, ref, sender = "", "", ""
    for segment in reader.document.letter.segments[1:]:
        if segment.tag not in _ACTION:
            if segment.tag in ("UCS", "UCD") and made:
                _erred(reader, made[-1], segment)
            continue
        if segment.tag == "UCI":
            ref, sender = segment.code, segment.text(2)
        at, error = _ACTION[segment.tag]
        above = segment.text(at) or above
        kind = codes.ACTIONS.get(segment.text(at) or above)
        if kind is None or segment.tag == "UCF":
            if kind is None:
                reader.refuse("unknown_action", f"The action {segment.text(at)[:10]!r} is in no list.", segment)
            continue
        reader.document.use(segment)
        made.append(_event(reader, segment, kind, _named(reader, segment, ref, sender), segment.text(at) or above))
        if segment.text(error):
            _reason(made[-1], segment.text(error))
    return _excepted(made)


def _excepted(made: list[Draft]) -> list[Draft]:
    """An interchange that is acknowledged but for some messages says which."""
    refused = [one.segment.code for one in made if one.segment.tag == "UCM" and one.type == "message.rejected"]
    for one in made:
        if refused and one.segment.tag == "UCI" and one.type != "message.rejected":
            one.attrs["except"] = refused[:1000]
    return made


def _named(reader: Reader, segment: Segment, ref: str, sender: str) -> list[Key]:
    """The message or interchange that is spoken of, as its own sender names it."""
    value = f"{ref}:{segment.code}" if segment.tag == "UCM" else ref
    return [(kind, text, sender) for kind, text, _ in reader.key("msg", value, segment)]


def _event(reader: Reader, segment: Segment, kind: str, keys: list[Key], action: str) -> Draft:
    draft = Draft(segment, kind, reader.happened(()), keys)
    draft.fields = {"partner": reader.terms.code or None, "status": reader.text(action)}
    if segment.tag == "UCM":
        draft.attrs["acknowledged"] = segment.text(2)
    return draft


def _reason(draft: Draft, code: str) -> None:
    draft.fields["reason"] = f"{code[:10]} {codes.SYNTAX_ERRORS.get(code, '')}".strip()


def _erred(reader: Reader, draft: Draft, segment: Segment) -> None:
    """UCS and UCD: where in the message the error stands."""
    reader.document.use(segment)
    errors = draft.attrs.setdefault("errors", [])
    code = segment.text(2) if segment.tag == "UCS" else segment.code
    if len(errors) < 100:
        errors.append(
            {"segment": segment.tag, "at": segment.code if segment.tag == "UCS" else segment.text(2), "code": code}
        )
    if code and not draft.fields.get("reason"):
        _reason(draft, code)


def application(reader: Reader) -> list[Draft]:
    """APERAK: one event about the message or document that it names."""
    document = reader.document
    head = document.first("BGM") or document.letter.head
    errors = [one for one in document.letter.segments if one.tag == "ERC"]
    draft = Draft(head, _answer(reader, errors), reader.happened(()), _about(reader))
    draft.fields = {
        "partner": reader.terms.code or None,
        "status": reader.text(document.function),
        "reason": _why(reader, errors),
    }
    draft.attrs = {"document": document.number}
    return [draft]


def _answer(reader: Reader, errors: list[Segment]) -> str:
    """Acknowledged or rejected: by the document's name, its function, else by whether an error is named."""
    document = reader.document
    told = codes.APPLICATION_ANSWERS.get(document.kind) or codes.APPLICATION_FUNCTIONS.get(document.function)
    if told:
        return told
    meant = reader.terms.partner.errors
    refused = [one for one in errors if meant.get(one.code, "rejected") == "rejected"]
    return "message.rejected" if refused else "message.acknowledged"


def _why(reader: Reader, errors: list[Segment]) -> str | None:
    """The first error with what is written beside it."""
    ftx = next((one for one in reader.document.letter.segments if one.tag == "FTX"), None)
    parts = [errors[0].text(1) if errors else "", *(ftx.text(4, at) for at in range(5) if ftx)]
    return reader.text(" ".join(part for part in parts if part))


def _about(reader: Reader) -> list[Key]:
    """What it is about: the message before (ACW, as its sender numbered it), and documents by their numbers."""
    found: list[Key] = []
    for rff in (one for one in reader.document.letter.segments if one.tag == "RFF"):
        if rff.code in ("ACW", "ACE") and "ACW" not in reader.terms.partner.keys:
            reader.document.use(rff)
            found += [(kind, value, reader.terms.receiver) for kind, value, _ in reader.key("msg", rff.text(1, 1), rff)]
        else:
            found += reader.references([rff])
    return list(dict.fromkeys(found))
