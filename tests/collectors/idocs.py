"""IDocs in XML as a system of the trade writes them: small, and complete in what is read."""

from typing import Any

#: A segment: its fields as text, its segments as a mapping or a list of them.
Segment = dict[str, Any]


def segment(name: str, fields: Segment) -> str:
    """A segment with what stands in it."""
    inner = ""
    for field, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            inner += segment(field, one) if isinstance(one, dict) else f"<{field}>{one}</{field}>"
    return f'<{name} SEGMENT="1">{inner}</{name}>'


def idoc(message: str, direction: str, control: Segment | None = None, **segments: Any) -> str:
    """An IDoc of that message type; direction 1 leaves the system, 2 comes in."""
    record = {
        "TABNAM": "EDI_DC40", "MANDT": "100", "DOCNUM": "0000000000123456", "STATUS": "30", "DIRECT": direction,
        "IDOCTYP": "ORDERS05", "MESTYP": message, "SNDPRN": "PRDCLNT100" if direction == "1" else "ACME",
        "RCVPRN": "3PLWEST" if direction == "1" else "PRDCLNT100", "CREDAT": "20261120", "CRETIM": "143700",
    } | (control or {})  # fmt: skip
    inner = "".join(
        segment(name, one) for name, many in segments.items() for one in (many if isinstance(many, list) else [many])
    )
    return f'<IDOC BEGIN="1">{segment("EDI_DC40", record)}{inner}</IDOC>'


def sent(*idocs: str, root: str = "ORDERS05") -> bytes:
    """A document of IDocs."""
    return f'<?xml version="1.0" encoding="utf-8"?><{root}>{"".join(idocs)}</{root}>'.encode()


def item(number: str, sku: str, qty: str, **more: Any) -> Segment:
    """A line of an order or an invoice."""
    return {"POSEX": number, "MENGE": qty, "MENEE": "PCE", **more, "E1EDP19": [
        {"QUALF": "001", "IDTNR": f"B-{sku}"}, {"QUALF": "002", "IDTNR": sku}]}  # fmt: skip


ORDER: dict[str, Any] = {
    "E1EDK01": {"CURCY": "EUR", "BELNR": "PO-77"},
    "E1EDK03": [{"IDDAT": "012", "DATUM": "20261119"}, {"IDDAT": "002", "DATUM": "20261130"}],
    "E1EDKA1": [{"PARVW": "AG", "PARTN": "0000004711"}, {"PARVW": "WE", "PARTN": "0000004712"}],
    "E1EDK02": [{"QUALF": "001", "BELNR": "PO-77"}],
    "E1EDP01": [item("000010", "A-1", "10.000", VPREI="41.00", PEINH="10"), item("000020", "B-2", "3.500-")],
    "E1EDS01": [{"SUMID": "002", "SUMME": "58.50"}],
}
DELIVERY: dict[str, Any] = {
    "E1EDL20": {
        "VBELN": "0080001234", "VSTEL": "WH-W", "BOLNR": "BOL-9",
        "E1ADRM1": [{"PARTNER_Q": "AG", "PARTNER_ID": "4711"}, {"PARTNER_Q": "SP", "PARTNER_ID": "UPS"}],
        "E1EDL18": [{"QUALF": "ORI"}],
        "E1EDT13": [{"QUALF": "006", "NTANF": "20261121", "ISDD": "00000000", "ISDZ": "000000"}],
        "E1EDL24": [
            {"POSNR": "000010", "MATNR": "000000000000004242", "LFIMG": "10.000", "VRKME": "PCE", "VGBEL": "0000019077", "VGPOS": "000020"},
            {"POSNR": "000020", "MATNR": "B-2", "LFIMG": "4", "VRKME": "PCE", "VGBEL": "0000019077", "VGPOS": "000030"},
        ],
        "E1EDL37": [{"EXIDV": "00106141412345678908", "E1EDL44": [{"VEMNG": "4.000"}]}, {"EXIDV": "HU-1"}],
    },
}  # fmt: skip


def delivery(message: str, direction: str = "1", qualifiers: tuple[str, ...] = (), **changed: Any) -> str:
    """A delivery with those qualifiers of E1EDL18."""
    more = {"E1EDL18": [{"QUALF": one} for one in qualifiers]} if qualifiers else {}
    return idoc(message, direction, {"IDOCTYP": "DELVRY07"}, E1EDL20={**DELIVERY["E1EDL20"], **more, **changed})
