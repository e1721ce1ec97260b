"""Code lists of X12 that decide what a message means, as the standard names them; a mapping may translate a partner's.

Sources: published X12 element lists 88, 92, 128, 235, 353, 368, 374, 412, 514, 587, 623, 668, 670, 673, 717, 756, 1650,
1651 and 1652, in the reading of the trade.
"""

#: BAK02 and BCA02 (587): what the seller says of the whole order.
ACKNOWLEDGED = {
    **dict.fromkeys(("AK", "AD", "AT", "AC", "AE", "AP", "NA"), "accepted"), "AH": "held",
    **dict.fromkeys(("RJ", "RD", "RF", "RN", "RV"), "rejected"), "RO": "counter_offer",
}  # fmt: skip
#: ACK01 (668): what the seller says of a line.
LINE_STATUS = {
    **dict.fromkeys(("IA", "AC", "AR", "IE", "SP", "AA"), "accepted"),
    **dict.fromkeys(("IC", "IP", "IQ", "DR", "IS"), "changed"), "BP": "partial", "IB": "backordered",
    **dict.fromkeys(("IH", "IF", "IW"), "held"), **dict.fromkeys(("IR", "R1", "R2", "R3", "R4"), "rejected"), "ID": "deleted",
}  # fmt: skip
#: What of a line's quantity is confirmed by its status; of the others nothing is.
CONFIRMING = ("accepted", "changed", "partial", "held")
#: BEG01, BCH01, BCA01, B2A01, BSN01 (353).
ORIGINAL, CANCEL, REPLACE, DUPLICATE = ("00", "06", "07", "14", ""), "01", "05", "07"
CHANGE = ("04", "05", "02", "00", "")
#: POC02 (670): `gone` sets the quantity to 0, `same` names a line that did not change.
LINE_CHANGE = {
    **dict.fromkeys(("AI", "CA", "QI", "QD", "PC", "PQ", "CT", "RB", "RS", "RQ", "RZ", "PR", "RA", "CB", "CC", "CE", "CG", "CH"), "changed"),
    **dict.fromkeys(("DI", "CF"), "gone"), "NC": "same",
}  # fmt: skip
#: W0501: what a warehouse order asks for.
WAREHOUSE_ORDER = {
    **dict.fromkeys(("N", "B", "S", "T"), "fulfillment.requested"),
    **dict.fromkeys(("R", "L", "G"), "fulfillment.change_requested"),
    **dict.fromkeys(("F", "D"), "fulfillment.cancel_requested"),
    **dict.fromkeys(("C", "A"), "message.received"),
}  # fmt: skip
SIMULATION, RESUBMISSION = "X", "T"
#: W1201 and TD506 (368): `cancelled` says that the rest will not come.
SHIPPED = {
    **dict.fromkeys(("CC", "CM", "CS"), "complete"), **dict.fromkeys(("PR", "BP", "SS", "IS"), "partial"),
    **dict.fromkeys(("CP", "IC", "DE"), "cancelled"), **dict.fromkeys(("BK", "DS", "OR"), "short"),
    **dict.fromkeys(("PH", "HQ"), "held"), "IN": "in process", "SD": "damaged",
}  # fmt: skip
#: W1303 (412): 07 is good stock; the others are a discrepancy of the receipt.
CONDITION = {
    "01": "damaged", "02": "short", "03": "over", "04": "quality", "05": "wrong product", "07": "good", "08": "rejected", "09": "hold",
}  # fmt: skip
#: QTY01 of an 846 (673). On hand and available overlap: they are never added.
STOCK = {
    "17": "on_hand", "33": "available", "27": "allocated", "15": "held", "20": "damaged", "63": "on_order",
    "29": "projected", "26": "total",
}  # fmt: skip
#: AT701 (1650). Types beyond the events of the trade move nothing and are kept to be seen.
CARRIER_STATUS = {
    "XB": "shipment.booked",
    **dict.fromkeys(("X3", "X8"), "shipment.at_pickup"),
    **dict.fromkeys(("CP", "AM"), "shipment.loaded"),
    "AF": "shipment.picked_up",
    **dict.fromkeys(("P1", "X4", "R1", "J1", "X6", "K1"), "shipment.in_transit"),
    **dict.fromkeys(("AG", "X2"), "shipment.eta_changed"),
    **dict.fromkeys(("X1", "X5", "S1"), "shipment.arrived"),
    "AJ": "shipment.out_for_delivery",
    **dict.fromkeys(("AV", "AW"), "shipment.available_for_pickup"),
    **dict.fromkeys(("AH", "AP"), "shipment.delivery_attempted"),
    "D1": "shipment.delivered",
    "CD": "shipment.left_consignee",
    "A3": "shipment.returned_to_sender",
    **dict.fromkeys(("A7", "A9", "SD", "CA", "AI", "OO", "PR"), "shipment.exception"),
}
#: What kind of exception a status or reason is.
EXCEPTION_CLASS = {
    "A7": "refused", "A9": "damage", "SD": "delay", "CA": "cancelled", "AI": "reconsigned", "OO": "no freight", "PR": "customs",
}  # fmt: skip
#: AT702 (1651): whose fault it is; NS and NA are normal.
FAULT = {
    **dict.fromkeys(("AF", "AH", "AI", "AJ", "AA", "D1", "D2"), "carrier"), "AO": "weather",
    **dict.fromkeys(("AG", "B1", "B5", "BS", "AD"), "consignee"), **dict.fromkeys(("AM", "BB", "C6"), "shipper"),
    **dict.fromkeys(("AS", "CA", "BD", "F1"), "customs"), **dict.fromkeys(("A2", "A5"), "address"), "C2": "credit", "S1": "shortage",
}  # fmt: skip
NORMAL = ("", "NS", "NA")
#: AT703 (1652).
APPOINTMENT = {"AA": "pickup", "XA": "pickup", "AB": "delivery", "X9": "delivery"}
#: B104 and N9: the carrier's answer to a tender.
TENDER_ANSWER = {"A": "load.accepted", "D": "load.declined"}
#: AK501/IK501/AK901 (717, 715): codes that say the text was not taken; the others say that it was, with errors or not.
NOT_TAKEN, TAKEN = ("R", "M", "W", "X"), ("A", "E", "P")
#: DTM01 (374) and G6201 (432): what a date is, and under which name it is kept. Those of one name in order of preference.
DATES = {
    "DTM": {"002": "requested_at", "067": "delivery_at", "017": "delivery_at", "068": "ship_at", "010": "ship_by", "011": "shipped_at",
            "001": "cancel_after", "018": "ship_by", "035": "delivered_at", "050": "received_at", "007": "effective_at"},
    "G62": {"10": "ship_by", "02": "requested_at", "11": "shipped_at", "17": "delivery_at", "37": "pickup_from", "38": "pickup_to",
            "53": "deliver_from", "54": "deliver_to", "69": "pickup_from", "70": "deliver_from", "86": "shipped_at",
            "68": "requested_at"},
}  # fmt: skip
#: REF01, N901, L1102 (128) and MAN01 (88) -> key type. `order` is the buyer's order number: a customer's or ours.
REFERENCES = {
    "BM": "bol", "MB": "bol", "CN": "pro", "FR": "pro", "WY": "pro", "AW": "pro", "2I": "tr", "SI": "sh", "LO": "ld",
    "RZ": "rma", "IV": "inv", "PO": "order", "GM": "sscc", "AA": "sscc", "CP": "tr",
}  # fmt: skip
#: Which element holds the qualifier and which the value.
QUALIFIED = {"REF": ((1, 2),), "N9": ((1, 2),), "L11": ((2, 1),), "MAN": ((1, 2), (4, 5))}
#: Item qualifiers (235): numbers of the seller, of the buyer, and of the trade.
SELLERS, BUYERS, TRADES = (
    ("VN", "VP", "VC", "VA"),
    ("BP", "IN", "CB", "PI", "SK"),
    ("UP", "UI", "UA", "EN", "UK", "UD", "MG", "UC", "IB"),
)
#: Element 623: a time code is a zone with its daylight saving time, or minutes ahead of UTC. LT and none are local.
TIME_CODES: dict[str, str | int] = {
    "UT": 0, "GM": 0, "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
    "AT": "America/Halifax", "NT": "America/St_Johns", "TT": "America/Anchorage", "HT": "Pacific/Honolulu",
    "ES": -300, "ED": -240, "CS": -360, "CD": -300, "MS": -420, "MD": -360, "PS": -480, "PD": -420, "AS": -240, "AD": -180,
    "NS": -210, "ND": -150, "TS": -540, "TD": -480, "HS": -600, "HD": -540,
    **{f"{hours:02}": hours * 60 for hours in range(1, 13)}, **{f"{25 - hours}": -hours * 60 for hours in range(1, 13)},
}  # fmt: skip
#: States and provinces that lie in one zone: a time without a code is local at the place of the status.
PLACES = {
    **dict.fromkeys(("CT", "DC", "DE", "GA", "MA", "MD", "ME", "NC", "NH", "NJ", "NY", "OH", "PA", "RI", "SC", "VA", "VT", "WV"), "America/New_York"),
    **dict.fromkeys(("AL", "AR", "IA", "IL", "LA", "MN", "MO", "MS", "OK", "WI"), "America/Chicago"),
    **dict.fromkeys(("CO", "MT", "NM", "UT", "WY"), "America/Denver"), "AZ": "America/Phoenix",
    **dict.fromkeys(("CA", "WA"), "America/Los_Angeles"), "HI": "Pacific/Honolulu", "PR": "America/Puerto_Rico",
    "AB": "America/Edmonton", "MB": "America/Winnipeg", "NB": "America/Moncton", "NS": "America/Halifax", "PE": "America/Halifax",
}  # fmt: skip
