"""Who speaks to whom in a group, and what that changes: whose words they are, whose numbers, in which zone."""

from dataclasses import dataclass, field

from app.model.taxonomy import role
from collectors.x12.codes import BUYERS, REFERENCES, SELLERS, TRADES
from collectors.x12.config import Mapping, Partner
from collectors.x12.tables import COUNTED, KEYS, PARTIES, REFERENCES_OF, placed

#: Role of a source or a partner by the first word of its code -> role of the party.
_PARTY = {
    "sup": "supplier",
    "3pl": "3pl",
    "wms": "3pl",
    "carrier": "carrier",
    "tms": "carrier",
    "ecom": "customer",
    "crm": "customer",
}
_OUR_SYSTEMS = ("erp", "erp_legacy", "mw")
_NOBODY = Partner()


@dataclass(frozen=True, slots=True)
class Side:
    """`sent`: by us. `party`: what the other one is to us. `keys`: segment -> (place, key type) in force."""

    sent: bool
    party: str
    source: str
    code: str | None
    partner: Partner
    zone: str
    noon: str
    items: tuple[str, ...]
    keys: dict[str, list[tuple[int, str]]] = field(hash=False)
    references: dict[str, str] = field(hash=False)
    referable: frozenset[str]
    codes: dict[str, dict[str, str]] = field(hash=False)
    numbered: bool

    def told(self, element: str, code: str) -> str:
        """A partner's code as the standard, or we, would write it."""
        return self.codes.get(element, {}).get(code, code)


def side_of(
    mapping: Mapping, source: str, zone: str, set_id: str, sender: tuple[str, ...], receiver: tuple[str, ...]
) -> Side:
    """The side of a transaction; `sender` and `receiver` are their ids in the group and in the interchange."""
    known_sender, known_receiver = _known(mapping, sender), _known(mapping, receiver)
    sent = _sent(mapping, source, set_id, sender, receiver)
    partner = (known_receiver if sent else known_sender) or _NOBODY
    party = (
        partner.role
        or _party_of(partner.partner)
        or ("" if sent else _party_of(source))
        or PARTIES.get(set_id, ("", 0))[0]
    )
    references = _references(set_id, party, partner)
    return Side(
        sent, party, (mapping.source if sent else partner.source) or source, _code(partner, source, sent), partner,
        partner.zone or mapping.zone or zone, mapping.noon + "00", partner.items or _items(party),
        _keys(set_id, sent, party, partner), references, frozenset(references.values()),
        {one: {**mapping.codes.get(one, {}), **partner.codes.get(one, {})} for one in {*mapping.codes, *partner.codes}},
        partner.numbered or party == "supplier" or set_id not in COUNTED,
    )  # fmt: skip


def _known(mapping: Mapping, ids: tuple[str, ...]) -> Partner | None:
    return next((mapping.partners[one] for one in ids if one in mapping.partners), None)


def _sent(mapping: Mapping, source: str, set_id: str, sender: tuple[str, ...], receiver: tuple[str, ...]) -> bool:
    """Whether we sent it: by the ids that are ours or a partner's, else by what the source is, else by the set."""
    for ids, answer in ((sender, True), (receiver, False)):
        if any(one in mapping.own for one in ids):
            return answer
    if _known(mapping, sender) or _known(mapping, receiver):
        return _known(mapping, sender) is None
    if role(source) in _OUR_SYSTEMS:
        return True
    return PARTIES.get(set_id, ("", False))[1] if role(source) not in _PARTY or role(source) == "tms" else False


def _party_of(code: str) -> str:
    return _PARTY.get(role(code), "")


def _code(partner: Partner, source: str, sent: bool) -> str | None:
    """Our code of the partner; without a mapping a node, supplier or carrier that sends is its own."""
    if partner.partner:
        return partner.partner
    return source if not sent and role(source) in ("3pl", "wms", "sup", "carrier") else None


def _items(party: str) -> tuple[str, ...]:
    """Our own item numbers first: we buy from suppliers, and sell to everybody else."""
    return (*BUYERS, *SELLERS, *TRADES) if party == "supplier" else (*SELLERS, *BUYERS, *TRADES)


def _keys(set_id: str, sent: bool, party: str, partner: Partner) -> dict[str, list[tuple[int, str]]]:
    """The elements of a set that are keys, with what the mapping says of them."""
    found: dict[str, list[tuple[int, str]]] = {}
    for element, kind in {**KEYS.get(set_id, {}), **partner.elements}.items():
        segment, place = placed(element)
        for one in _meant(kind, sent, party):
            found.setdefault(segment, []).append((place, one))
    return found


def _meant(kind: str, sent: bool, party: str) -> tuple[str, ...]:
    """Key types of an element whose meaning hangs on who speaks."""
    if kind == "notice":
        return ("sh",) if party == "3pl" and not sent else ("asn",)
    if kind == "seller":
        return ("so",) if sent else ()
    return ("sh", "ld") if kind == "load" else (_ours(kind, party),) if kind else ()


def _ours(kind: str, party: str) -> str:
    return ("po" if party == "supplier" else "cpo") if kind == "order" else kind


def _references(set_id: str, party: str, partner: Partner) -> dict[str, str]:
    """Qualifier -> key type, as the set and then the mapping change it."""
    known = {**REFERENCES, **REFERENCES_OF.get(set_id, {}), **partner.references}
    return {qualifier: _ours(kind, party) for qualifier, kind in known.items()}
