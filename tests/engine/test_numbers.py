"""Which orders a number means: those that hold it, those beside which it stands, those of a customer so called."""

from collections.abc import Iterator

import pytest

from app.errors import Ambiguous, NotFound
from tests.engine.test_linking import ONE, TWO, Desk

HUB = (
    "2026-11-02 09:05 erp.main order.released so=1 fo@3pl.west=X",
    "2026-11-02 09:06 erp.main order.released so=2 fo@3pl.west=X",
)
SHOP = "2026-11-02 09:07 ecom.web order.captured ch=X"


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


def meant(desk: Desk, key: str) -> list[str | None]:
    """The sales orders that a key may mean; none where nothing is known by it."""
    try:
        order_id = desk.reader.order_id(key)
    except Ambiguous as several:
        return [one["so"] for one in several.extra["candidates"]]  # type: ignore[attr-defined]
    except NotFound:
        return []
    return list(desk.work.ask("select so from orders where order_id = $id", id=order_id)["so"])


def test_a_number_of_one_order_that_is_a_hub_elsewhere_is_asked_back(desk: Desk) -> None:
    """X is the shop's number of one order and a fulfillment order named beside two others: three orders, its type open."""
    desk.told(ONE, TWO, *HUB, SHOP)
    assert meant(desk, "X") == [None, "1", "2"]
    assert meant(desk, "fo:X") == meant(desk, "fo:3pl.west:X") == ["1", "2"]
    assert meant(desk, "ch:X") == [None], "said with its type it means one thing"
    assert meant(desk, "fo:3pl.east:X") == meant(desk, "so:X") == [], "of another issuer, or type, nothing is known"


def test_a_customer_number_means_the_orders_of_the_customer(desk: Desk) -> None:
    """Typed or bare, in any spelling; one order is answered, several are asked back, the newest first."""
    desk.told(f"{ONE} customer=C-17", f"{TWO} customer=C-18")
    for key in ("C-17", "cust:c-17", "cust:erp:C-17"):
        assert meant(desk, key) == ["1"]
    desk.told("2026-11-03 09:00 erp.main order.created so=3 customer=C-17")
    assert meant(desk, "C-17") == meant(desk, "cust:C-17") == ["3", "1"]
    assert meant(desk, "cust:erp_legacy:C-17") == meant(desk, "so:C-17") == [], "another ERP may have another C-17"
    desk.told("2026-11-03 09:05 erp.main order.created so=C-17 customer=C-9")
    assert meant(desk, "C-17") == ["C-17", "3", "1"], "an order and a customer are two things"


def test_a_customer_of_many_orders_is_bounded(desk: Desk) -> None:
    """Sixty orders: fifty are told, and that there are more; nothing shows the number that stands for an order inside."""
    desk.told("\n".join(f"2026-11-02 09:00 erp.main order.created so={n} customer=C-17" for n in range(100, 160)))
    with pytest.raises(Ambiguous, match="means more than 50 orders") as several:
        desk.reader.order_id("cust:C-17")
    found = several.value.extra["candidates"]
    assert len(found) == 50  # type: ignore[arg-type]
    assert set(found[0]) == {"order_id", "so", "key"}  # type: ignore[index]


def test_a_part_of_a_number_is_answered_with_what_may_be_meant(desk: Desk) -> None:
    """People type the digits only: what may be meant stands in the words too, so that a terminal shows it."""
    desk.told("2026-11-02 09:00 erp.main order.created so=SO-450706")
    with pytest.raises(NotFound) as missed:
        desk.reader.order_id("450706")
    assert missed.value.mend.startswith("Did you mean SO-450706? ")
    with pytest.raises(NotFound) as unknown:
        desk.reader.order_id("990")
    assert "Did you mean" not in unknown.value.mend
