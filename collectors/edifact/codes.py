"""What the codes of EDIFACT mean for us: tables, so that a partner's habit is one line and not a branch.

Sources: UN/EDIFACT code lists 1001, 1153, 1225, 1229, 2005, 5025, 6063, 9011/4405 (D.96A, D.01B); GS1 EANCOM 1997 and
2002 for IFTSTA; ISO 9735 code lists 0083 and 0085 for CONTRL. A mapping may change what depends on the partner.
"""

#: Which side of the trade a message stands on: its sender's role, or for what we send, whom it goes to.
SIDES = ("customer", "supplier", "3pl", "carrier")
#: Role of our source codes → side; other systems of ours send in our name.
SIDE_OF_ROLE = {"sup": "supplier", "3pl": "3pl", "wms": "3pl", "carrier": "carrier", "tms": "carrier", "ecom": "customer", "crm": "customer", "erp": "ours", "erp_legacy": "ours", "fin": "ours"}  # fmt: skip
#: Where nobody says who sent it: the side on which a distributor usually meets the message. Such events are flagged.
USUAL_SIDE = {"ORDERS": "customer", "ORDCHG": "customer", "ORDRSP": "supplier", "DESADV": "supplier", "RECADV": "3pl", "INVOIC": "supplier", "IFTSTA": "carrier", "INVRPT": "3pl"}  # fmt: skip
#: Whom our own messages usually go to, where the mapping does not name the receiver.
USUAL_RECEIVER = {"ORDERS": "supplier", "ORDCHG": "supplier", "ORDRSP": "customer", "DESADV": "customer", "RECADV": "supplier", "INVOIC": "customer", "IFTSTA": "customer", "INVRPT": "customer"}  # fmt: skip

#: (message, side, whether we sent it) → event type by what the message does: placed, changed, cancelled …
EVENTS: dict[tuple[str, str, bool], dict[str, str]] = {
    ("ORDERS", "customer", False): {"new": "order.captured", "change": "order.changed", "cancel": "order.cancel_requested"},
    ("ORDERS", "supplier", True): {"new": "purchase_order.sent", "change": "purchase_order.changed", "cancel": "purchase_order.cancelled"},
    ("ORDERS", "3pl", True): {"new": "fulfillment.requested", "change": "fulfillment.change_requested", "cancel": "fulfillment.cancel_requested"},
    ("ORDCHG", "customer", False): {"new": "order.changed", "change": "order.changed", "cancel": "order.cancel_requested", "hold": "order.hold_placed"},
    ("ORDCHG", "supplier", True): {"new": "purchase_order.changed", "change": "purchase_order.changed", "cancel": "purchase_order.cancelled"},
    ("ORDCHG", "3pl", True): {"new": "fulfillment.change_requested", "change": "fulfillment.change_requested", "cancel": "fulfillment.cancel_requested"},
    ("ORDRSP", "supplier", False): {"accept": "purchase_order.acknowledged", "reject": "purchase_order.rejected", "received": "message.acknowledged"},
    ("ORDRSP", "3pl", False): {"accept": "fulfillment.acknowledged", "reject": "fulfillment.rejected", "received": "message.acknowledged"},
    ("ORDRSP", "customer", True): {"accept": "order.acknowledged", "reject": "order.rejected", "received": "message.acknowledged", "short": "order.backordered"},
    ("DESADV", "supplier", False): {"new": "asn.received", "change": "asn.received"},
    ("DESADV", "3pl", False): {"new": "shipment.dispatched", "change": "shipment.dispatched", "cancel": "shipment.voided"},
    ("DESADV", "customer", True): {"new": "asn.sent", "change": "asn.sent"},
    ("DESADV", "3pl", True): {"new": "asn.sent", "change": "asn.sent"},
    ("RECADV", "3pl", False): {"new": "receipt.counted", "change": "receipt.counted", "differs": "receipt.discrepancy"},
    ("RECADV", "customer", False): {"new": "shipment.delivered", "change": "shipment.delivered"},
    ("RECADV", "supplier", True): {"new": "receipt.posted", "change": "receipt.posted"},
    ("INVOIC", "customer", True): {"invoice": "invoice.posted", "credit": "credit.issued"},
    ("INVOIC", "supplier", False): {"invoice": "supplier_invoice.received"},
    ("INVOIC", "carrier", False): {"invoice": "freight_invoice.received"},
    ("INVOIC", "3pl", False): {"invoice": "freight_invoice.received"},
}  # fmt: skip
#: Messages that are about stock, carriage and other messages; they are read whoever sent them.
OTHERS = ("IFTSTA", "INVRPT", "CONTRL", "APERAK")
KNOWN = tuple(sorted({message for message, _, _ in EVENTS} | set(OTHERS)))

#: BGM 1001 of INVOIC that ask for nothing: a pro forma invoice.
NO_INVOICES = ("325",)

#: BGM 1225 → what the message does. Codes that are not here say nothing of it (9 original, 31 copy, 6 confirmation …).
FUNCTIONS = {"1": "cancel", "3": "cancel", "4": "change", "5": "change", "23": "hold"}
#: BGM 1225 of ORDRSP: 12 has been received and not yet processed, which is no acceptance.
ANSWERS = {
    "29": "accept",
    "28": "accept",
    "30": "accept",
    "34": "accept",
    "4": "accept",
    "27": "reject",
    "12": "received",
}
#: LIN 1229 → the line is refused or taken out: nothing of it is ordered, or confirmed.
GONE = {"ORDCHG": ("2",), "ORDRSP": ("2", "7", "10")}
#: BGM 1001 of INVOIC that give money back.
CREDITS = ("81", "83", "261", "262", "308", "381", "396", "420", "458", "532")

#: The number of the document itself (BGM 1004), by message and side.
OWN = {
    ("ORDERS", "customer"): "cpo", ("ORDERS", "supplier"): "po", ("ORDERS", "3pl"): "fo", ("DESADV", "supplier"): "asn",
    ("DESADV", "3pl"): "sh", ("DESADV", "customer"): "asn", ("RECADV", "3pl"): "rc", ("RECADV", "supplier"): "rc",
    ("INVOIC", "customer"): "inv", ("INVOIC", "supplier"): "inv", ("INVOIC", "carrier"): "inv", ("INVOIC", "3pl"): "inv",
    ("INVRPT", "3pl"): "",
}  # fmt: skip
_ANYWHERE = {
    "BM": "bol", "MB": "bol", "CN": "pro", "SRN": "sh", "SI": "sh", "IV": "inv", "OI": "inv", "AAK": "asn", "ALO": "rc",
}  # fmt: skip
#: RFF 1153 → key type, by side; `CNI` is the consignment number of IFTSTA. Each number is read as the other side uses it:
#: ON is the order as it was placed there, VN the number that the one who fulfils it gave.
REFERENCES: dict[str, dict[str, str]] = {
    "customer": {**_ANYWHERE, "ON": "cpo", "VN": "so", "DQ": "sh"},
    "supplier": {**_ANYWHERE, "ON": "po", "DQ": "asn"},
    "3pl": {**_ANYWHERE, "ON": "fo", "VN": "xo", "DQ": "sh", "CNI": "sh"},
    "carrier": {**_ANYWHERE, "CU": "sh", "DQ": "sh", "CNI": "pro"},
}
#: (message, side, whether we sent it) → what is otherwise there: about goods that come in, ON is our purchase order.
SPECIAL: dict[tuple[str, str, bool], dict[str, str]] = {
    ("RECADV", "3pl", False): {"ON": "po", "DQ": "asn", "VN": ""},
    ("DESADV", "3pl", True): {"ON": "po", "DQ": "asn", "VN": ""},
}
#: Key type → parties (NAD) that gave such a number, if it is not the sender: the supplier his despatch advice, the
#: consignor his shipment.
GIVERS = {"asn": ("SU", "SE", "CZ"), "sh": ("CZ", "SF", "DEQ")}
#: Qualifiers that never name an order or what belongs to it: tax and register numbers, contracts, prices, accounts.
NO_KEYS = frozenset((
    "VA", "XA", "GN", "FC", "AHP", "API", "IA", "PD", "CT", "PL", "AAN", "YC1", "ADE", "IT", "LI", "ACD", "AUM", "AUN", "AUO",
))  # fmt: skip
#: The key types whose qualifier tells the order that a line belongs to.
ORDER_KEYS = ("so", "cpo", "po", "fo")

#: QTY 6063 that is *the* quantity of a line: the first that stands there.
QUANTITIES = {
    "ORDERS": ("21", "1"), "ORDCHG": ("21", "1"), "ORDRSP": ("113", "12", "21", "1"), "DESADV": ("12", "1"),
    "RECADV": ("48", "194", "12"), "INVOIC": ("47", "12", "1"),
}  # fmt: skip
#: Quantities kept beside it, in `attrs`.
BESIDE = {
    "21": "ordered", "83": "backordered", "48": "received", "194": "accepted", "195": "refused", "12": "despatched", "59": "per_pack",
}  # fmt: skip
#: QTY 6063 of INVRPT → which quantity of the stock it is. 145 is preferred to 17 where both stand.
STOCK = {"145": "on_hand", "17": "on_hand"}
#: DTM 2005 that says when it happened, first that stands there; after them the date of the document (137).
HAPPENED = {
    "DESADV": ("11",),
    "RECADV": ("50", "35"),
    "INVOIC": (),
    "INVRPT": ("366", "194"),
    "IFTSTA": ("334", "35", "7", "178"),
}
#: DTM 2005 of IFTSTA by which the goods are expected to arrive.
EXPECTED = ("17", "132")
#: What a message says by when, and the DTM 2005 of it: promised by the one who fulfils, asked for by the one who orders,
#: expected to arrive.
DATES = {"ORDRSP": ("promised_at", ("67", "69", "17", "2")), "ORDERS": ("requested_at", ("63", "2", "64")), "ORDCHG": ("requested_at", ("63", "2", "64")), "DESADV": ("eta", ("17", "67", "132"))}  # fmt: skip
#: MOA 5025 that is the total of the document.
TOTALS = ("77", "9", "39", "86", "128", "79")
#: MOA 5025 of parts of the total, kept in `attrs` where one stands there alone.
PARTS = {"tax": ("176", "124"), "net": ("79", "125")}
#: PRI 5125 that is the price of a unit, first that stands there.
PRICES = ("AAA", "INV", "AAE", "AAB", "CAL")
#: Item numbers (7143) by whose they are: ours first, so that they are compared with the ERP's.
ITEMS = {
    "customer": ("SA", "VN", "EN", "SRV", "UP", "GU", "MF", "IN", "BP"),
    "supplier": ("IN", "BP", "EN", "SRV", "UP", "GU", "SA", "VN", "MF"),
    "3pl": ("IN", "SA", "BP", "EN", "SRV", "UP", "GU", "VN"),
    "carrier": ("SA", "IN", "EN", "SRV"),
}
#: NAD 3035 of the party that is the customer, and of a customer's parties the attribute that holds them.
BUYERS = ("BY", "OB", "IV")
PARTIES = {"ST": "ship_to", "DP": "ship_to", "IV": "bill_to", "BY": "sold_to"}
#: NAD 3035 of the place that goods lie at, leave from or are received at.
PLACES = {"INVRPT": ("WH", "GY", "WS"), "RECADV": ("DP", "ST", "WH"), "DESADV": ("SF", "WH")}

_UN_9011 = {
    "1": "shipment.arrived", "3": "shipment.exception", "6": "shipment.booked", "12": "shipment.in_transit",
    "13": "shipment.picked_up", "16": "shipment.in_transit", "17": "shipment.exception", "18": "shipment.exception",
    "20": "shipment.exception", "21": "shipment.delivered", "22": "shipment.delivered", "23": "shipment.delivery_attempted",
    "24": "shipment.in_transit", "25": "shipment.exception", "27": "shipment.in_transit", "31": "shipment.in_transit",
    "36": "shipment.exception", "44": "shipment.exception", "49": "shipment.exception",
}  # fmt: skip
#: STS 9011/4405 → event, by the list that a message is written by; the same number means other things in other lists.
STATUSES: dict[str, dict[str, str]] = {
    "EANCOM 1997": {
        "1": "shipment.arrived", "6": "shipment.booked", "13": "shipment.picked_up", "21": "shipment.delivered",
        "31": "shipment.in_transit", "49": "shipment.exception", "54": "shipment.exception", "71": "shipment.delivered",
    },
    "EANCOM 2002": {
        "1E": "shipment.arrived", "6E": "shipment.booked", "13": "shipment.picked_up", "21": "shipment.delivered",
        "31": "shipment.in_transit", "49": "shipment.exception", "76E": "shipment.exception", "72B": "shipment.delivered",
    },
    "UN 9011": _UN_9011,
    "UN Recommendation 24": {
        "13": "shipment.picked_up", "21": "shipment.delivered", "27": "shipment.in_transit", "31": "shipment.in_transit",
        "49": "shipment.exception",
    },
}  # fmt: skip
#: Statuses that are exceptions → their class.
CLASSES = {"3": "damage", "17": "customs", "18": "damage", "20": "delay", "25": "delay", "36": "lost", "44": "delay", "49": "lost", "54": "not collected", "76E": "not collected"}  # fmt: skip
#: STS 9015 of statuses of carriage; messages leave it out, too.
CARRIAGE = ("1", "")

#: CONTRL 0083 → event; what a level does not say is as the level above it. 8 is receipt: syntax not yet checked.
ACTIONS = {"1": "message.acknowledged", "2": "message.acknowledged", "4": "message.rejected", "5": "message.acknowledged", "6": "message.rejected", "7": "message.acknowledged", "8": "message.received"}  # fmt: skip
#: CONTRL 0085 → what it means.
SYNTAX_ERRORS = {
    "2": "syntax version or level not supported", "5": "trailer check in error", "6": "data segment missing or invalid",
    "7": "recipient is not the actual recipient", "12": "invalid value", "13": "missing",
    "14": "value not supported in this position", "15": "not supported in this position", "16": "too many constituents",
    "17": "no agreement", "18": "unspecified error", "20": "character invalid as service character",
    "21": "invalid character", "22": "invalid service character", "23": "unknown sender", "24": "too old",
    "25": "test indicator not supported", "26": "duplicate detected", "28": "references do not match",
    "29": "control count does not match", "30": "groups and messages mixed", "32": "lower level empty",
    "35": "too many repetitions", "37": "invalid type of character", "38": "missing digit before decimal sign",
    "39": "data element too long", "40": "data element too short",
}  # fmt: skip
#: APERAK: BGM 1001 or 1225 that settle it; else an error segment (ERC) means that it was refused.
APPLICATION_ANSWERS = {"312": "message.acknowledged", "313": "message.rejected"}
APPLICATION_FUNCTIONS = {"27": "message.rejected", "29": "message.acknowledged", "12": "message.received"}


def list_of(association: str, release: str) -> str:
    """The status list a message is written by: EANCOM by its directory, else UN 9011 until D.97A, then UN/ECE 24."""
    old = release[:4] in ("D.93", "D.94", "D.95", "D.96") or release in ("D.97A", "1.911", "2.912")
    if association.startswith("EAN"):
        return "EANCOM 1997" if old else "EANCOM 2002"
    return "UN 9011" if old else "UN Recommendation 24"
