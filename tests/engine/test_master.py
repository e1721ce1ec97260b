"""Master data: customers, locations and products as the newest word of their owner has them."""

from app.model.event import Message
from app.settings import Source
from collectors.csv import COLLECTOR as CSV
from tests.engine.yard import Yard, at, event, lines

TABLE = """kind,key,name,parent,tier,region,zone,calendar,family,uom,packs,account,updated_at
customer,C-17,Acme Stores,C-1,gold,,,,,,,001A,2026-11-01T08:00:00Z
location,WH-W,Westport,,,north,Europe/Amsterdam,west,,,,,2026-11-01T08:00:00Z
product,A-1,Bolt,,,,,,fasteners,EA,"{""CS"": 12}",,2026-11-01T08:00:00Z
"""


def test_each_field_is_the_newest_that_was_said(yard: Yard) -> None:
    """The CRM names customer and parent, later changes only the tier; what it does not repeat stays. Old words change nothing."""
    yard.take(
        event("crm.main", "customer.updated", 0, {"cust": "C-1", "crm": "001A"}, name="Acme", parent="C-0"),
        event("crm.main", "customer.updated", 60, {"cust": "C-1"}, tier="gold"),
    )  # fmt: skip
    row = "select name, parent, tier, account, source, seen_at from master"
    assert yard.one(row) == ("Acme", "C-0", "gold", "crm:crm.main:001A", "crm.main", at(60))
    yard.take(event("crm.main", "customer.updated", 30, {"cust": "C-1"}, tier="silver", name="Acme Ltd"))
    assert yard.one(row) == ("Acme Ltd", "C-0", "gold", "crm:crm.main:001A", "crm.main", at(60))


def test_the_owner_is_believed_before_others(yard: Yard) -> None:
    """A shop is not asked what a customer's parent is, however late it speaks, unless nobody else knows."""
    yard.take(
        event("crm.main", "customer.updated", 0, {"cust": "C-1"}, parent="C-0"),
        event("ecom.web", "customer.updated", 60, {"cust": "C-1"}, parent="C-9", region="south"),
    )  # fmt: skip
    assert yard.one("select parent, region from master") == ("C-0", "south")


def test_a_table_of_master_data_can_be_loaded(yard: Yard) -> None:
    """One file with customers, locations and products, by the mapping that comes with the product."""
    source = Source(collector="csv", mapping="master-data")
    message = Message("mdm", "csv", "text/csv", TABLE.encode(), at(24 * 60))
    said = CSV.translate(message, source)
    assert said.rejections == ()
    yard.intake.put(message, said).result()
    yard.ticker.run()
    found = yard.work.ask(
        "select kind, key, name, parent, tier, region, zone, family, uom, packs, account from master order by kind"
    ).rows()
    assert found == [
        ("customer", "C-17", "Acme Stores", "C-1", "gold", None, None, None, None, None, "001A"),
        ("location", "WH-W", "Westport", None, None, "north", "Europe/Amsterdam", None, None, None, None),
        ("product", "A-1", "Bolt", None, None, None, None, "fasteners", "EA", '{"CS": 12}', None),
    ]


def test_orders_show_what_changes_above_them(yard: Yard) -> None:
    """The customer gets a parent, the product a family after the order came: the order is folded again, another is not."""
    yard.take(
        event("erp.main", "order.created", 0, {"so": "7"}, customer="C-1", location="W", lines=lines("1 A 1")),
        event("erp.main", "order.created", 0, {"so": "8"}, customer="C-2", location="E", lines=lines("1 B 1")),
    )  # fmt: skip
    for told in (
        event("crm.main", "customer.updated", 10, {"cust": "C-1"}, parent="C-0"),
        event("erp.main", "location.updated", 11, location="W", region="north"),
        event("erp.main", "product.updated", 12, lines=lines("- A 1"), family="bolts"),
    ):
        assert yard.take(told).folded == ["7"]
    assert yard.take(event("crm.main", "customer.updated", 20, {"cust": "C-1"}, parent="C-0")).folded == [], (
        "the same again"
    )
    assert yard.one("select parent_customer, region, family from orders where so = '7'") == ("C-0", "north", "bolts")
