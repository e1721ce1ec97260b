"""Purchase orders: what the supplier, the warehouse and the ERP say of them, whoever speaks first."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.yard import BASE, Event, Yard, at, event, lines, pictured
from tests.soak import examples

ORDERED = lines("1 A 10", "2 B 5")
SAME = (
    "select * exclude (no) from purchase_order order by all",
    "select p.key, l.* exclude (no) from purchase_line l join purchase_order p using (no) order by all",
    "select * from purchase_key order by all",
    "select code, subject, since, detail from judgement where subject_type = 'po' order by all",
)


def ordered(po: str = "45", minutes: float = 0, **said: object) -> Event:
    return event(
        "erp.main", "purchase_order.created", minutes, {"po": po}, **{"lines": ORDERED, "partner": "sup.acme"} | said
    )


def test_a_purchase_order_goes_its_way(yard: Yard) -> None:
    """Created, sent, read, confirmed for a day, announced, counted, posted, invoiced: each step with its time and quantity.

    The receipt names only the advance notice, the posting only the receipt: both belong to the order they lead to.
    """
    steps = [
        (ordered(need_by="2026-11-20T00:00:00Z", amount="150.00"), "created"),
        (event("erp.main", "purchase_order.sent", 1, {"po": "45"}), "sent"),
        (event("edi.hub", "message.acknowledged", 2, {"po": "45"}), "sent"),
        (event("sup.acme", "purchase_order.acknowledged", 60, {"po": "45"}, promised_at=at(9000)), "acknowledged"),
        (event("sup.acme", "asn.received", 100, {"po": "45", "asn": "A1"}, lines=lines("1 A 10", "2 B 5"), eta="2026-11-08T00:00:00Z"), "announced"),
        (event("3pl.west", "receipt.counted", 200, {"asn": "A1", "rc": "R1"}, lines=lines("- A 10", "- B 5")), "counted"),
        (event("erp.main", "receipt.posted", 210, {"rc": "R1"}), "posted"),
        (event("sup.acme", "supplier_invoice.received", 300, {"po": "45", "inv": "77"}, lines=lines("1 A 10", "2 B 5")), "invoiced"),
    ]  # fmt: skip
    for step, stage in steps:
        assert yard.take(step).one("select stage from purchase_order") == stage
    quantities = "ordered, confirmed, announced, counted, posted, invoiced"
    assert [int(n) for n in yard.one(f"select {quantities} from purchase_order")] == [15] * 6
    row = yard.rows("from purchase_order")[0]
    assert (row["supplier"], row["need_by"], row["confirmed_at"]) == (
        "sup.acme",
        BASE.replace(day=20, hour=0),
        at(9000),
    )
    assert (row["technically_acknowledged_at"], row["asn_eta_at"]) == (at(2), BASE.replace(day=8, hour=0))
    assert yard.judged() == []


def test_a_changed_order_keeps_its_newest_revision(yard: Yard) -> None:
    """Revision 2 sets line 1 to 8; a late repeat of revision 1 changes nothing; 1 of line 2 and then line 3 are cancelled."""
    yard.take(
        ordered(), event("erp.main", "purchase_order.changed", 10, {"po": "45"}, revision=2, lines=lines("1 A 8", "3 C 2")),
        event("erp.main", "purchase_order.sent", 20, {"po": "45"}, lines=ORDERED),
        event("erp.main", "purchase_order.cancelled", 30, {"po": "45"}, lines=lines("2 B 1")),
        event("erp.main", "purchase_order.cancelled", 31, {"po": "45"}, lines=[{"line": "3", "sku": None, "qty": None, "uom": None, "price": None}]),
    )  # fmt: skip
    assert yard.work.ask("select line, ordered::integer from purchase_line order by line").rows() == [
        ("1", 8),
        ("2", 4),
        ("3", 0),
    ]
    assert yard.one("select stage, revision from purchase_order") == ("sent", 2)
    yard.take(event("erp.main", "purchase_order.cancelled", 40, {"po": "45"}))
    assert yard.one("select stage, cancelled_at from purchase_order") == ("cancelled", at(40))


def test_a_refusal_stands_until_the_supplier_takes_the_order(yard: Yard) -> None:
    """Rejected at 10, sent again and confirmed at 20: first rejected, then acknowledged."""
    yard.take(ordered(), event("sup.acme", "purchase_order.rejected", 10, {"po": "45"}))
    assert yard.one("select stage, rejected_at from purchase_order") == ("rejected", at(10))
    yard.take(event("sup.acme", "purchase_order.acknowledged", 20, {"po": "45"}))
    assert yard.one("select stage, rejected_at from purchase_order") == ("acknowledged", None)


def test_a_receipt_that_differs_is_told_and_unannounced_goods_are_too(yard: Yard) -> None:
    """9 of 10 counted: no notice yet, so the goods came unannounced; the notice arrives late and says 10: a discrepancy."""
    yard.take(
        ordered(),
        event("3pl.west", "receipt.counted", 200, {"po": "45", "asn": "A1", "rc": "R1"}, lines=lines("- A 9", "- B 5")),
    )
    assert yard.judged() == [("asn_missing", "po:erp:45", at(200))]
    yard.take(event("sup.acme", "asn.received", 100, {"po": "45", "asn": "A1"}, lines=ORDERED))
    assert yard.judged() == [("receipt_discrepancy", "po:erp:45", at(200))]
    yard.take(
        event("3pl.west", "receipt.counted", 230, {"po": "45", "asn": "A1", "rc": "R1"}, lines=lines("- A 10", "- B 5"))
    )
    assert yard.judged() == [], "counted again, under the same receipt"


def test_what_is_still_on_its_way_is_no_discrepancy(yard: Yard) -> None:
    """Two notices of 6 and 4, the first counted in full, the second still at sea; a count said to be unfinished waits too."""
    yard.take(
        ordered(lines=lines("1 A 10")),
        event("sup.acme", "asn.received", 10, {"po": "45", "asn": "A1"}, lines=lines("1 A 6")),
        event("sup.acme", "asn.received", 20, {"po": "45", "asn": "A2"}, lines=lines("1 A 4")),
        event("3pl.west", "receipt.counted", 30, {"asn": "A1", "rc": "R1"}, lines=lines("- A 6")),
    )
    assert yard.judged() == []
    yard.take(event("3pl.west", "receipt.counted", 40, {"asn": "A2", "rc": "R2"}, lines=lines("- A 1"), complete=False))
    assert yard.judged() == []
    yard.take(event("3pl.west", "receipt.discrepancy", 50, {"rc": "R2"}))
    assert yard.judged() == [("receipt_discrepancy", "po:erp:45", at(50))]


def test_the_same_notice_number_of_two_suppliers_is_two_notices(yard: Yard) -> None:
    """A1 of Acme and A1 of Bolt: a receipt that names A1 bare belongs to neither; one that says whose belongs to it."""
    yard.take(
        ordered("45"), ordered("46", partner="sup.bolt"),
        event("sup.acme", "asn.received", 10, {"po": "45", "asn": "A1"}, lines=ORDERED),
        event("sup.bolt", "asn.received", 10, {"po": "46", "asn": "A1"}, lines=ORDERED),
        event("3pl.west", "receipt.counted", 30, {"asn": "A1", "rc": "R1"}, lines=lines("- A 10", "- B 5")),
    )  # fmt: skip
    assert yard.one("select sum(counted)::integer from purchase_order") == 0
    yard.take(event("3pl.west", "receipt.counted", 40, {"po": "46", "rc": "R1"}, lines=lines("- A 10", "- B 5")))
    counted = yard.work.ask("select key, counted::integer from purchase_order order by key").rows()
    assert counted == [("po:erp:45", 0), ("po:erp:46", 15)]


def test_one_notice_for_two_orders_counts_each_line_once(yard: Yard) -> None:
    """45 ordered A, 46 ordered B and C; the notice names both and has all three: each order gets its own lines."""
    yard.take(
        ordered("45", lines=lines("1 A 10")), ordered("46", lines=lines("1 B 5", "2 C 1")),
        event("sup.acme", "asn.received", 10, {"po": "45", "asn": "A1"}),
        event("sup.acme", "asn.received", 11, {"po": "46", "asn": "A1"}, lines=lines("- A 10", "- B 5", "- C 1"), id="both"),
        event("3pl.west", "receipt.counted", 12, {"asn": "A1", "rc": "R1"}, lines=lines("- A 10", "- B 5", "- C 1")),
    )  # fmt: skip
    counted = yard.work.ask("select key, counted::integer from purchase_order order by key").rows()
    assert counted == [("po:erp:45", 10), ("po:erp:46", 6)]


def test_cases_are_pieces(yard: Yard) -> None:
    """Ordered in pieces, announced and counted in cases of 12: the product's pack table says how many that is."""
    yard.take(
        ordered(lines=lines("1 A 24")), event("sup.acme", "asn.received", 5, {"po": "45", "asn": "A1"}, lines=lines("1 A 2 CS")),
        event("3pl.west", "receipt.counted", 10, {"asn": "A1", "rc": "R1"}, lines=lines("- A 24")),
    )  # fmt: skip
    assert [code for code, *_ in yard.judged()] == ["receipt_discrepancy"], (
        "2 is not 24 as long as nobody knows the pack"
    )
    yard.take(event("erp.main", "product.updated", 20, lines=lines("- A 1"), packs={"CS": 12, "EA": 1}))
    assert yard.one("select announced::integer from purchase_order") == 24
    assert yard.judged() == []


def test_the_order_that_waits_is_folded_again(yard: Yard) -> None:
    """SO 7 waits for PO 45; the supplier confirms a date after its promise: the order is judged again, and only it."""
    yard.take(
        ordered(), event("erp.main", "order.created", 0, {"so": "7", "po": "45"}, lines=lines("1 A 1"), promised_at=at(2000)),
        event("erp.main", "order.created", 0, {"so": "8"}, lines=lines("1 A 1")),
    )  # fmt: skip
    confirmed = event("sup.acme", "purchase_order.acknowledged", 60, {"po": "45"}, promised_at=at(9000))
    assert yard.take(confirmed).folded == ["7"]
    late = yard.work.ask(
        "select o.so from judgement j join orders o using (order_no) where j.code = 'supply_late_for_order'"
    )
    assert late["so"].to_list() == ["7"]
    found = yard.rows(
        "select k.no = p.no as same from reach r join purchase_key k on r.key = k.key join purchase_order p on k.no = p.no"
    )
    assert found == [{"same": True}]


def test_a_number_without_its_company_is_that_of_the_only_one_that_has_it(yard: Yard) -> None:
    """The supplier says 45, the ERP says 45 of DE01: one order. Then US01 has a 45 as well: the bare 45 is nobody's."""
    yard.take(event("sup.acme", "purchase_order.acknowledged", 5, {"po": "45"}), ordered(entity="DE01"))
    assert yard.one("select key, stage from purchase_order") == ("po:DE01:45", "acknowledged")
    yard.take(ordered(entity="US01", minutes=1))
    assert yard.work.ask("select key, stage from purchase_order order by key").rows() == [
        ("po:DE01:45", "created"), ("po:US01:45", "created"), ("po:erp:45", "acknowledged"),
    ]  # fmt: skip


def test_a_step_of_tomorrow_counts_tomorrow(yard: Yard) -> None:
    """The clock stands before the acknowledgement: the order is only created until its moment has come."""
    yard.now = at(30)
    yard.take(ordered(), event("sup.acme", "purchase_order.acknowledged", 60, {"po": "45"}))
    assert yard.one("select stage from purchase_order") == "created"
    yard.now = at(61)
    yard.ticker.run()
    assert yard.one("select stage from purchase_order") == "acknowledged"


def test_events_that_speak_of_no_purchase_cost_nothing(yard: Yard) -> None:
    """An order without a purchase order leaves no trace in procurement."""
    yard.take(event("erp.main", "order.created", 0, {"so": "7"}, lines=lines("1 A 1")))
    assert yard.one("select (select count(*) from chain) + (select count(*) from purchase_order)") == 0


def story(world: int, n: int) -> list[Event]:
    """What is said of one of three orders of a world, with numbers that others use too and one id that is claimed again."""
    po, asn, sku, three = {"po": f"{world}{n}"}, {"asn": f"A{world}{n % 2}"}, f"A{world}", f"- C{world} 1"
    first = f"1 {sku} 8"
    return [
        ordered(po["po"], n, entity="DE01" if n == 2 else None, lines=lines(f"1 {sku} 10", "2 B 5")),
        event("erp.main", "purchase_order.changed", n + 2, po, revision=2, lines=lines(first, f"3 C{world} 1 CS")),
        event("erp.main", "purchase_order.cancelled", n + 3, po, lines=lines("2 B 1")),
        event("sup.acme", "purchase_order.acknowledged", n + 5, po, promised_at=at(n * 1000)),
        event("sup.acme", "asn.received", n + 6, po | asn, lines=lines(first)),
        event("sup.bolt", "asn.received", n + 6, asn, n=n),
        event(
            "3pl.west",
            "receipt.counted",
            n + 7,
            asn | {"rc": f"R{world}{n}"},
            lines=lines(f"- {sku} {8 if n != 2 else 7}"),
        ),
        event("3pl.west", "receipt.counted", n + 8, {"rc": f"R{world}{n}"}, lines=lines(three)),
        event("erp.main", "receipt.posted", n + 9, {"rc": f"R{world}{n}"}),
        event("sup.acme", "supplier_invoice.received", n + 10, po | {"inv": f"I{world}{n}"}, lines=lines(first)),
        event(
            "sup.acme", "asn.received", 6, po | {"asn": f"A{world}9"}, id=f"claimed{world}", lines=lines(f"1 {sku} {n}")
        ),
        event("erp.main", "product.updated", n, lines=lines(three), packs={"CS": n}),
        event(
            "erp.main", "order.created", n, {"so": f"S{world}{n}"} | po, lines=lines("1 A 1"), promised_at=at(n * 500)
        ),
    ]


@settings(max_examples=examples(2), deadline=None, suppress_health_check=list(HealthCheck))
@given(chance=st.randoms(use_true_random=False))
def test_whoever_speaks_first_nothing_changes(chance: Random) -> None:
    """Twelve worlds at once, of each any part of its story: any order, any cut, part of it twice, give the same; a rebuild too."""
    told = [
        one for world in range(12) for n in (1, 2, 3) for one in story(world, n) if chance.random() < 0.4 + world / 20
    ]
    shuffled = chance.sample(told, len(told))
    cut = chance.randint(1, len(told))
    expected = pictured(Yard().take(*told), SAME)
    parts = Yard().take(*shuffled[:cut]).take(*shuffled[cut // 2 :])
    assert pictured(parts, SAME) == expected
    assert parts.differences().is_empty(), "a rebuild would change a table"
    assert parts.rebuilt() == 0
    assert pictured(parts, SAME) == expected


@pytest.mark.parametrize(("said", "found"), [("45", "po:erp:45"), ("po:45", "po:erp:45"), ("0045", "po:erp:45")])
def test_a_purchase_order_is_found_by_its_number(yard: Yard, said: str, found: str) -> None:
    """Bare, with its type, or padded; with what hangs on it."""
    from app.store.questions.procurement import purchase, purchases

    yard.take(
        ordered(), event("erp.main", "order.created", 0, {"so": "7", "po": "45"}, lines=lines("1 A 1")),
        event("sup.acme", "supplier_invoice.received", 5, {"po": "45", "inv": "1"}, lines=ORDERED),
    )  # fmt: skip
    one = purchase(yard.reader, said, yard.now)
    assert (one["key"], [line["match"] for line in one["lines"]]) == (found, [["invoiced_before_receipt"]] * 2)
    assert [order["so"] for order in one["orders"]] == ["7"]
    rows, total = purchases(
        yard.reader, {"match": ["invoiced_before_receipt"], "supplier": ["sup.acme"]}, [], 0, 10, yard.now
    )
    assert (total, rows[0]["match"]) == (1, {"invoiced_before_receipt": 2})
    assert purchases(yard.reader, {"match": ["matched"]}, [], 0, 10, yard.now) == ([], 0)
