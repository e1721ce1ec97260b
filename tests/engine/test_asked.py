"""What a fulfillment order was asked for, what it took on, and the papers that call it by its number alone."""

from tests.engine.court import CREATED as BEGUN
from tests.engine.court import GONE, Court
from tests.engine.test_fold import CREATED, ledger, one, rows, told


def test_a_node_takes_on_what_it_was_asked_for(court: Court) -> None:
    """Asked for ten and then for eight, both acknowledged by their revision without lines, by a clock that is behind; it
    ships eleven under its own number. Taken on are eight; a third request nobody has taken on."""
    house = court.at("2026-11-03 09:00").house
    told(
        house,
        f"""
        {CREATED}
        +5m  erp.main order.released so=4711 fo@3pl.west=F1 rev=1 partner=3pl.west lines=1:A-1:10:EA
        +1m  mw.bus   fulfillment.requested fo@3pl.west=F1 rev=1 partner=3pl.west lines=1:A-1:10:EA
        2026-11-02 09:02 3pl.west fulfillment.acknowledged fo=F1 xo=W1 rev=1
        2026-11-02 09:20 mw.bus   fulfillment.change_requested fo@3pl.west=F1 rev=2 partner=3pl.west lines=1:A-1:8:EA
        2026-11-02 09:04 3pl.west fulfillment.acknowledged fo=F1 xo=W1 rev=2
        2026-11-02 11:00 3pl.west pick.confirmed fo=F1 xo=W1 lines=1:A-1:11:EA
        +1h  mw.bus   fulfillment.change_requested fo@3pl.west=F1 rev=3 partner=3pl.west lines=1:A-1:6:EA
        +1h  3pl.west shipment.dispatched fo=F1 xo=W1 sh=S1 lines=1:A-1:11:EA
    """,
    )
    assert (ledger(house)["acknowledged"], ledger(house)["shipped"]) == (8, 11)


def test_an_invoice_of_a_delivery_is_of_its_shipment(court: Court) -> None:
    """The ERP names the delivery by its number and no node: it is the only fulfillment order of the order, and the invoice is
    of what that shipped. The same number at two nodes means neither."""
    house = court.at("2026-11-03 09:00").house
    gone = """
        +5m  erp.main order.released so=4711 fo@{node}=F1 partner={node} lines={line}
        +1h  {node} shipment.dispatched fo=F1 sh=S{line} lines={line}
    """
    west, east = gone.format(node="3pl.west", line="1:A-1:10:EA"), gone.format(node="3pl.east", line="2:B-2:3:EA")
    bill = "2026-11-02 12:00 erp.main invoice.posted so=4711 fo@erp.main=F1 inv=I1 lines=1:A-1:10:EA amount=41"
    told(house, f"{CREATED}\n{west}\n{bill}")
    assert one(house, "from invoice")["shipment"] == "sh:3pl.west:S1:A-1:10:EA"
    assert [row["key"] for row in rows(house, "select key from fulfillment")] == ["fo:3pl.west:F1"]
    told(house, east.replace("+5m", "2026-11-02 13:00", 1))
    assert one(house, "from invoice")["shipment"] is None


def test_what_was_not_picked_stands_where_it_was_taken_on(court: Court) -> None:
    """Eight of ten picked, packed and gone, by messages without lines: the two that are left are acknowledged, not packed."""
    house = court.at("2026-11-03 09:00").house
    told(
        house,
        """
        2026-11-02 09:00 erp.main order.created so=4711 customer=C-1 lines=1:A-1:10:EA:4.10
        +5m  erp.main order.released so=4711 fo@wms.main=F1 partner=wms.main lines=1:A-1:10:EA
        +9m  wms.main fulfillment.acknowledged fo=F1
        +1h  wms.main wave.released fo=F1
        +1h  wms.main pick.confirmed fo=F1 lines=1:A-1:8:EA
        +1m  wms.main package.packed fo=F1 pk=P1
        +1h  wms.main shipment.dispatched fo=F1 sh=S1
    """,
    )
    assert one(house, "from order_line")["stage"] == "acknowledged"
    assert (ledger(house)["picked"], ledger(house)["shipped"], ledger(house)["open_qty"]) == (8, 8, 2)


def test_an_older_revision_is_told_by_what_the_node_was_asked_for(court: Court) -> None:
    """The ERP says nothing of revisions; the requests do, the node takes the second on and ships the first: stale. What a
    carrier calls by a PRO number is freight, of which something should be heard every eight hours."""
    court.told(
        "2026-11-03 09:00",
        """
        2026-11-02 09:00 erp_legacy.sap order.created so=4711 customer=C-1 partner=wms.main lines=1:A-1:7:EA:4.10
        +5m  erp_legacy.sap order.released so=4711 fo@wms.main=F1 partner=wms.main lines=1:A-1:7:EA
        +1m  mw.bus   fulfillment.requested fo@wms.main=F1 rev=1 partner=wms.main lines=1:A-1:7:EA
        +9m  wms.main fulfillment.acknowledged fo=F1 rev=1
        +5m  erp_legacy.sap order.changed so=4711 lines=1:A-1:5:EA
        +1m  mw.bus   fulfillment.change_requested fo@wms.main=F1 rev=2 partner=wms.main lines=1:A-1:5:EA
        +9m  wms.main fulfillment.acknowledged fo=F1 rev=2
        +1h  wms.main pick.confirmed fo=F1 lines=1:A-1:7:EA
        +1h  wms.main shipment.dispatched fo=F1 sh=S1 pro@frl=P1 lines=1:A-1:7:EA carrier=frl
        +1h  carrier.frl shipment.picked_up pro@frl=P1 carrier=frl
        """,
    )
    assert [row["cause"] for row in court.judged(code="stale_revision_shipped")] == ["1_of_2"]
    (clock,) = rows(court.house, "from due where rule = 'S13'")
    assert (clock["due_at"] - clock["started_at"]).total_seconds() == 8 * 3600


def test_who_was_heard_late_has_not_differed(court: Court) -> None:
    """The CRM showed the shipment in time, and that was heard ten minutes too late: the difference is taken back."""
    court.house.ticker.unrated = frozenset()
    court.told(
        "2026-11-02 11:20", BEGUN, GONE, "2026-11-02 09:07 crm.main crm.order_status_updated so=4711 status=Released"
    )
    court.at("2026-11-02 11:40")
    assert "status_diverged" in court.open()
    court.told(
        "2026-11-02 11:45", "2026-11-02 11:22 crm.main crm.order_status_updated so=4711 status=Shipped received=+21m"
    )
    assert [action for action, code, _ in court.said() if code == "status_diverged"] == ["raise", "void"]
