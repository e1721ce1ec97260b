"""Where in each transaction set its keys, lines and times stand (004010): the one list that reading and `unread` share.

An element is written as its segment and place: `W0602` is the second element of W06. `order` as a key type is the
buyer's order number: `po` where we are the buyer, `cpo` where a customer is.
"""

from dataclasses import dataclass

#: Transaction set -> element -> key type.
KEYS: dict[str, dict[str, str]] = {
    "850": {"BEG03": "order"},
    "855": {"BAK03": "order", "BAK08": "seller"},
    "860": {"BCH03": "order"},
    "865": {"BCA03": "order"},
    "856": {"BSN02": "notice", "PRF01": "order"},
    "940": {"W0502": "fo", "W0503": "cpo"},
    "943": {"W0602": "po", "W0604": "asn", "W0606": "po"},
    "944": {"W1703": "rc", "W1704": "po", "W1705": "asn"},
    "945": {"W0602": "fo", "W0604": "sh", "W0605": "xo", "W0606": "cpo"},
    "947": {},
    "846": {},
    "810": {"BIG02": "inv", "BIG04": "order"},
    "812": {"BCD07": "inv", "BCD10": "order"},
    "820": {},
    "204": {"B204": "load", "OID02": "cpo"},
    "990": {"B102": "load"},
    "214": {"B1001": "pro", "B1002": "load"},
    "210": {"B303": "load"},
    "180": {"PRF01": "order"},
    "753": {"OID02": "cpo"},
    "754": {"OID02": "cpo"},
    "997": {},
    "999": {},
}
#: Sets whose line numbers only count: where a product is named, it tells the line of the order.
COUNTED = ("810", "856", "940", "943", "944", "945")
#: What a reference means in a set where it means something else than elsewhere.
REFERENCES_OF: dict[str, dict[str, str]] = {"810": {"IV": ""}, "943": {"PO": "po"}, "944": {"PO": "po"}}
#: Which party sends a set that nobody has introduced, and whether we send it ourselves.
PARTIES: dict[str, tuple[str, bool]] = {
    **dict.fromkeys(("850", "860", "812", "820", "180"), ("customer", False)),
    **dict.fromkeys(("855", "865", "856", "810"), ("supplier", False)),
    **dict.fromkeys(("940", "943"), ("3pl", True)),
    **dict.fromkeys(("944", "945", "947", "846"), ("3pl", False)),
    **dict.fromkeys(("990", "214", "210"), ("carrier", False)),
    "204": ("carrier", True),
    "753": ("customer", True),
    "754": ("customer", False),
}


@dataclass(frozen=True, slots=True)
class LineAt:
    """Where a line's parts stand in its segment (0: nowhere); `items` are places of qualifiers before item numbers."""

    line: int = 0
    qty: int = 0
    uom: int = 0
    price: int = 0
    items: tuple[int, ...] = ()
    upc: int = 0


_ON = tuple(range(6, 26, 2))
#: Segment -> where its line stands.
LINES = {
    "PO1": LineAt(1, 2, 3, 4, _ON),
    "IT1": LineAt(1, 2, 3, 4, _ON),
    "POC": LineAt(1, 3, 5, 6, tuple(range(8, 28, 2))),
    "LIN": LineAt(1, items=tuple(range(2, 22, 2))),
    "W01": LineAt(qty=1, uom=2, items=(4, 6), upc=3),
    "W04": LineAt(qty=1, uom=2, items=(4, 6), upc=3),
    "W07": LineAt(qty=1, uom=2, items=(4, 6), upc=3),
    "W12": LineAt(qty=3, uom=5, items=(7, 17), upc=6),
    "W19": LineAt(qty=2, uom=3, items=(5, 7), upc=4),
    "BLI": LineAt(qty=3, uom=4, items=(1,)),
}
#: What elements tell, for those that `unread` names when nothing was made of them: segment -> place -> word.
TELLING: dict[str, dict[int, str]] = {
    "REF": {2: "reference"}, "N9": {2: "reference"}, "L11": {1: "reference"}, "MAN": {2: "mark", 5: "mark"},
    "PRF": {1: "order", 2: "release"}, "OID": {1: "order", 2: "order"}, "DTM": {2: "date"}, "G62": {2: "date", 4: "time"},
    "QTY": {2: "quantity"}, "SN1": {2: "quantity", 5: "quantity ordered"}, "SDQ": {4: "quantity"}, "AMT": {2: "amount"},
    "ACK": {1: "status", 2: "quantity", 5: "date"}, "SCH": {1: "quantity", 6: "date"}, "CTT": {1: "count"},
    "BEG": {1: "purpose", 3: "order", 4: "release", 5: "date"}, "BAK": {1: "purpose", 2: "status", 3: "order", 4: "date", 8: "order", 9: "date"},
    "BCH": {1: "purpose", 3: "order", 5: "change", 6: "date", 10: "date", 11: "date"},
    "BCA": {1: "purpose", 2: "status", 3: "order", 5: "change", 6: "date"}, "BSN": {1: "purpose", 2: "shipment", 3: "date", 4: "time"},
    "PO1": {1: "line", 2: "quantity", 4: "price"}, "POC": {1: "line", 2: "change", 3: "quantity", 4: "quantity left", 6: "price"},
    "IT1": {1: "line", 2: "quantity", 4: "price"}, "TD5": {3: "carrier", 6: "status"}, "W27": {2: "carrier"}, "W66": {10: "carrier"},
    "W05": {1: "status", 2: "order", 3: "order", 5: "reference"}, "W06": {1: "status", 2: "order", 3: "date", 4: "shipment", 5: "order", 6: "order"},
    "W17": {1: "status", 2: "date", 3: "receipt", 4: "order", 5: "shipment"}, "W15": {1: "date", 2: "adjustment", 3: "adjustment"},
    "W01": {1: "quantity"}, "W04": {1: "quantity"}, "W07": {1: "quantity", 8: "lot"}, "W13": {1: "quantity", 3: "condition"},
    "W12": {1: "status", 2: "quantity ordered", 3: "quantity", 4: "difference", 9: "lot"}, "W14": {1: "quantity", 3: "difference"},
    "W03": {1: "quantity"}, "W76": {1: "quantity"}, "W19": {1: "reason", 2: "quantity"}, "BIA": {1: "purpose", 3: "report", 4: "date"},
    "BIG": {1: "date", 2: "invoice", 3: "date", 4: "order", 7: "kind"}, "TDS": {1: "amount"}, "BCD": {1: "date", 2: "adjustment", 4: "amount", 6: "date", 7: "invoice", 10: "order"},
    "CDD": {1: "reason", 4: "amount"}, "BPR": {2: "amount", 16: "date"}, "TRN": {2: "trace"}, "RMR": {2: "invoice", 4: "amount", 6: "discount"},
    "ADX": {1: "amount", 2: "reason", 4: "reference"}, "B2": {2: "carrier", 4: "shipment"}, "B2A": {1: "purpose"}, "B1": {1: "carrier", 2: "shipment", 3: "date", 4: "status"},
    "B10": {1: "reference", 2: "shipment", 3: "carrier"}, "AT7": {1: "status", 2: "reason", 3: "appointment", 5: "date", 6: "time"},
    "MS2": {2: "equipment"}, "B3": {2: "invoice", 3: "shipment", 6: "date", 7: "amount", 9: "date"}, "BGN": {1: "purpose", 2: "reference", 3: "date"},
    "RDR": {1: "disposition", 2: "reason", 3: "response"}, "BLI": {3: "quantity"}, "AK2": {2: "transaction"}, "AK5": {1: "status"}, "IK5": {1: "status"}, "AK9": {1: "status"},
}  # fmt: skip


def placed(element: str) -> tuple[str, int]:
    """`W0602` -> ("W06", 2)."""
    return element[:-2], int(element[-2:])
