"""Stories of systems that disagree: who says what, which of them is behind or ahead, and from when on it counts."""

import json
from datetime import datetime

from tests.engine.court import CREATED, GONE, SENT, TAKEN, Court

BOOKED = "+10m erp.main shipment.posted so=4711 sh@3pl.west=S1 lines=1:A-1:10:EA,2:B-2:3:EA"
CRM = "crm.main crm.order_status_updated so=4711 status="


def test_a_crm_that_is_stuck(court: Court) -> None:
    """F18: released, and the CRM shows processing: a quarter of an hour after the release was known, and not again at each step."""
    court.told(
        "2026-11-02 09:19",
        CREATED,
        f"+1m {CRM}Processing",
        "2026-11-02 09:05 erp.main order.released so=4711 fo@3pl.west=F1 partner=3pl.west",
    )
    assert court.causes("diverged") == set()
    found = court.at("2026-11-02 09:20").judged("diverged")[0]
    assert (found["cause"], found["since"], found["severity"], found["owner"], found["other"]) == (
        "crm:stage:behind", datetime(2026, 11, 2, 9, 20), "medium", "crm-integration", "erp",
    )  # fmt: skip
    assert json.loads(found["detail"]) == {
        "field": "stage", "truth": "erp", "truth_value": "released", "view_value": "created", "direction": "behind",
    }  # fmt: skip
    court.told(
        "2026-11-02 09:30",
        "2026-11-02 09:25 mw.bus fulfillment.requested fo@3pl.west=F1 partner=3pl.west",
        "+1m 3pl.west fulfillment.acknowledged fo=F1",
    )
    assert court.judged("diverged")[0]["since"] == datetime(2026, 11, 2, 9, 20)
    court.told("2026-11-02 09:40", f"2026-11-02 09:35 {CRM}Released")
    assert court.causes("diverged") == set(), "what the CRM has no word for it need not show"


def test_a_crm_that_runs_ahead(court: Court) -> None:
    """F18: the CRM says shipped and nothing has left: worse than being behind. It leaves, and they agree."""
    court.told("2026-11-02 10:00", CREATED, TAKEN, f"+1m {CRM}Shipped")
    found = court.judged("diverged")[0]
    assert (found["cause"], found["since"], found["severity"]) == (
        "crm:stage:ahead",
        datetime(2026, 11, 2, 9, 32),
        "high",
    )
    court.told(
        "2026-11-02 10:30", "2026-11-02 10:20 3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:10:EA,2:B-2:3:EA"
    )
    assert court.causes("diverged") == set()


def test_a_scan_that_nobody_could_place_makes_no_crm_late(court: Court) -> None:
    """The parcel is scanned at noon and its number is first named by a report at four: until then nobody knew whose it was."""
    late = "2026-11-02 11:30 3pl.west shipment.dispatched fo=F1 sh=S1 tr@ups=1Z carrier=ups lines=1:A-1:10:EA,2:B-2:3:EA received=+4h30m"
    court.told(
        "2026-11-02 12:05",
        CREATED,
        TAKEN,
        f"+1m {CRM}Released",
        "2026-11-02 12:00 carrier.ups shipment.in_transit tr=1Z carrier=ups",
    )
    court.told("2026-11-02 16:10", late)
    assert court.causes("diverged") == set()
    assert court.at("2026-11-02 16:15").judged("diverged")[0]["since"] == datetime(2026, 11, 2, 16, 15)


def test_goods_that_the_erp_has_booked_out_have_left(court: Court) -> None:
    """The CRM says shipped and the ERP has posted it; only the warehouse's file is not there yet. Nobody runs ahead."""
    court.told("2026-11-02 09:25", CREATED, TAKEN, f"+1m {CRM}Shipped", "+5m" + BOOKED.removeprefix("+10m"))
    assert court.at("2026-11-02 10:00").causes("diverged") == set()
    court.told("2026-11-02 10:10", f"2026-11-02 10:05 {CRM}Delivered")
    assert court.at("2026-11-02 10:20").causes("diverged") == {"crm:stage:ahead"}


def test_a_crm_runs_ahead_from_the_word_that_nobody_has_reached(court: Court) -> None:
    """Released as the CRM said; a line then waits for goods, and later the CRM says shipped: ahead since that."""
    court.told(
        "2026-11-02 10:05", CREATED, SENT, f"+1m {CRM}Released",
        "2026-11-02 09:30 erp.main order.backordered so=4711 lines=2:B-2:3:EA promised=2026-11-08T17:00Z",
        f"2026-11-02 10:00 {CRM}Shipped",
    )  # fmt: skip
    assert court.causes("diverged") == set()
    found = court.at("2026-11-02 10:16").judged("diverged")[0]
    assert (found["cause"], found["since"]) == ("crm:stage:ahead", datetime(2026, 11, 2, 10, 15))


def test_delivery_is_the_carriers_word(court: Court) -> None:
    """Delivered by the carrier, shipped in the CRM: half an hour."""
    court.told(
        "2026-11-02 11:40",
        CREATED,
        GONE,
        BOOKED,
        f"+1m {CRM}Shipped",
        "+5m carrier.ups shipment.delivered sh@3pl.west=S1",
    )
    assert court.at("2026-11-02 12:01").causes("diverged") == set()
    found = court.at("2026-11-02 12:02").judged("diverged")[0]
    assert (found["other"], found["cause"]) == ("carrier", "crm:stage:behind")


def test_a_cancellation_that_the_crm_has_not_heard_of(court: Court) -> None:
    """Cancelled in the ERP, processing in the CRM; and then cancelled there too."""
    court.told("2026-11-02 10:00", CREATED, f"+1m {CRM}Processing", "+5m erp.main order.cancelled so=4711")
    assert court.causes("diverged") == {"crm:cancelled:behind"}
    court.told("2026-11-02 10:10", f"2026-11-02 10:05 {CRM}Cancelled")
    assert court.causes("diverged") == set()


def test_a_crm_that_cancels_alone(court: Court) -> None:
    """The CRM shows cancelled, the ERP goes on."""
    court.told("2026-11-02 09:10", CREATED, f"+1m {CRM}Cancelled")
    assert court.at("2026-11-02 09:16").causes("diverged") == {"crm:cancelled:ahead"}


def test_a_hold_that_the_crm_denies(court: Court) -> None:
    """Held; the CRM says processing after that. One that has said nothing since denies nothing."""
    court.told(
        "2026-11-02 09:40", CREATED, f"+1m {CRM}Processing", "+5m erp.main order.hold_placed so=4711 hold=fraud:H1"
    )
    assert court.causes("diverged") == set()
    court.told("2026-11-02 10:00", f"2026-11-02 09:41 {CRM}Processing")
    assert court.causes("diverged") == {"crm:held:behind"}
    court.told("2026-11-02 10:10", f"2026-11-02 10:05 {CRM}Held")
    assert court.causes("diverged") == set()
    court.told("2026-11-02 11:00", "2026-11-02 10:30 erp.main order.hold_released so=4711 hold=fraud:H1")
    assert court.causes("diverged") == {"crm:held:behind"}


def test_a_crm_that_shows_the_hold_is_not_behind_the_stage_beneath_it(court: Court) -> None:
    """Released, then held: the CRM shows the hold, as it should. Once it is over, it is behind."""
    held = "2026-11-02 09:40 erp.main order.hold_placed so=4711 hold=fraud:H1"
    court.told("2026-11-02 10:40", CREATED, SENT, f"+1m {CRM}Released", held, f"+1m {CRM}Held")
    assert court.causes("diverged") == set()
    court.told("2026-11-02 11:30", "2026-11-02 11:00 erp.main order.hold_released so=4711 hold=fraud:H1")
    assert "crm:held:behind" in court.causes("diverged")


def test_a_scan_that_comes_late_takes_nothing_back_of_a_hold(court: Court) -> None:
    """The CRM said shipped over a hold, and the hold ends: that is over, whatever a carrier tells late of the way before."""
    held = "2026-11-02 09:40 erp.main order.hold_placed so=4711 hold=fraud:H1"
    court.told("2026-11-02 12:00", CREATED, GONE, held, BOOKED.replace("+10m", "2026-11-02 11:25"), f"+1m {CRM}Shipped")
    assert "crm:held:behind" in court.causes("diverged")
    court.told(
        "2026-11-02 13:00",
        "2026-11-02 11:30 carrier.ups shipment.in_transit sh@3pl.west=S1 received=+1h20m",
        "2026-11-02 12:40 erp.main order.hold_released so=4711 hold=fraud:H1",
    )
    said = court.house.work.ask(
        "select action from case_intent where code = 'status_diverged' and cause = 'crm:held:behind' order by seq"
    )
    assert said["action"].to_list() == ["raise", "clear"]


def test_two_dates_for_one_promise(court: Court) -> None:
    """The ERP promises the 12th, the CRM still the 9th; a difference of hours is none."""
    court.told("2026-11-02 10:00", CREATED, "+1m crm.main crm.commitment_updated so=4711 promised=2026-11-09T00:00Z")
    assert court.causes("diverged") == set()
    court.told("2026-11-02 10:30", "2026-11-02 10:05 erp.main order.promise_changed so=4711 promised=2026-11-12T17:00Z")
    found = court.judged("diverged")[0]
    assert (found["cause"], found["since"]) == ("crm:promised_at:differs", datetime(2026, 11, 2, 10, 20))


def test_a_revision_that_the_node_has_not_taken(court: Court) -> None:
    """Revision 2 is an hour old and the node works on 1; it takes it."""
    changed = (
        "+1m 3pl.west fulfillment.acknowledged fo=F1 rev=1",
        "+5m erp.main order.changed so=4711 rev=2 lines=1:A-1:6:EA",
    )
    court.told("2026-11-02 10:30", CREATED, SENT, *changed)
    assert court.causes("diverged") == {"3pl.west:revision:behind"}
    court.told("2026-11-02 10:40", "2026-11-02 10:35 3pl.west fulfillment.acknowledged fo=F1 rev=2")
    assert court.causes("diverged") == set()


def test_booked_other_than_shipped(court: Court) -> None:
    """The node shipped ten, the ERP booked eight: after an hour they disagree."""
    court.told("2026-11-02 12:25", CREATED, GONE, BOOKED.replace("1:A-1:10", "1:A-1:8"))
    assert court.causes("diverged") == set()
    assert court.at("2026-11-02 12:26").causes("diverged") == {"erp:shipped:behind"}


def test_a_shop_that_only_captures_follows_nothing(court: Court) -> None:
    """The shop's order is delivered and the shop never said more than that it took it; one that said shipped is behind."""
    shop = "2026-11-02 08:55 ecom.web order.captured ch=W-1 lines=1:A-1:10:EA,2:B-2:3:EA"
    done = CREATED + " ch@ecom.web=W-1", GONE, BOOKED, "+5m carrier.ups shipment.delivered sh@3pl.west=S1"
    court.told("2026-11-02 14:00", shop, *done)
    assert court.causes("diverged") == set()
    court.told("2026-11-02 14:01", "2026-11-02 11:50 ecom.web shipment.dispatched ch=W-1")
    assert court.causes("diverged") == {"ecom:stage:behind"}


def test_a_write_that_was_accepted_and_did_nothing(court: Court) -> None:
    """F19: the CRM answers 200 and its status never changes: a quarter of an hour later it is missing; it appears, it is not."""
    court.told("2026-11-02 09:30", CREATED, "+5m mw.bus message.acknowledged so=4711 partner=crm.main")
    found = court.judged("outcome")[0]
    assert (found["code"], found["cause"], found["since"], found["system"]) == (
        "outcome_missing", "crm.order_status_updated", datetime(2026, 11, 2, 9, 20), "crm.main",
    )  # fmt: skip
    court.told("2026-11-02 09:40", f"2026-11-02 09:35 {CRM}Processing")
    assert court.judged("outcome") == []


def test_an_accepted_posting_that_booked_nothing(court: Court) -> None:
    """The ERP accepts the confirmation and books no goods issue."""
    court.told("2026-11-02 12:00", CREATED, GONE, "+1m mw.bus message.acknowledged sh@3pl.west=S1 partner=erp.main")
    assert [r["cause"] for r in court.judged("outcome")] == ["shipment.posted"]
    court.told("2026-11-02 12:10", "2026-11-02 12:05 erp.main shipment.posted so=4711 sh@3pl.west=S1")
    assert court.judged("outcome") == []
