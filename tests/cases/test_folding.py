"""One cause, one case in front of people."""

from app.cases import Cases
from tests.cases.desk import KIM, everything, intent


def _folds(cases: Cases) -> dict[str, str | None]:
    """code -> code of its parent."""
    rows = everything(cases)
    return {r["code"]: rows[r["folded_under"]]["code"] if r["folded_under"] else None for r in rows.values()}


def test_the_earliest_of_the_chain_folds_the_later_ones(cases: Cases) -> None:
    """Not released on time, so not sent, not shipped, not delivered: one case is in the queue."""
    chain = ("delivery_late", "ship_overdue", "release_overdue", "ack_overdue")
    cases.apply([intent(n + 1, code=code, subject=f"x:{n}") for n, code in enumerate(chain)])
    assert _folds(cases) == dict.fromkeys(chain, "release_overdue") | {"release_overdue": None}
    assert [c["code"] for c in cases.list({})[0]] == ["release_overdue"]
    assert cases.list({"folded": "true"})[2] == 4


def test_when_the_parent_is_over_the_next_one_takes_its_place(cases: Cases) -> None:
    """Cleared by the engine, or resolved by a person: the children unfold under the next of the chain."""
    codes = ("release_overdue", "ack_overdue", "delivery_late")
    cases.apply([intent(n + 1, code=code, subject=f"x:{n}") for n, code in enumerate(codes)])
    cases.apply([intent(4, "clear", code="release_overdue", subject="x:0")])
    assert _folds(cases) == {"release_overdue": None, "ack_overdue": None, "delivery_late": "ack_overdue"}
    parent = next(c for c in everything(cases).values() if c["code"] == "ack_overdue")
    done = cases.act(parent["id"], "resolve", parent["version"], KIM, reason="accepted")
    assert _folds(cases)["delivery_late"] is None
    cases.act(parent["id"], "reopen", done["version"], KIM)
    assert _folds(cases)["delivery_late"] == "ack_overdue"


def test_a_blocked_order_folds_under_the_code_that_says_why(cases: Cases) -> None:
    """`order_blocked` is in the queue only while no code explains it; a parent is never folded itself."""
    cases.apply([intent(1, code="order_blocked", subject="ord_1", cause="hold:credit")])
    assert _folds(cases) == {"order_blocked": None}
    cases.apply([intent(2, code="hold_overdue", subject="hold:1")])
    assert _folds(cases)["order_blocked"] == "hold_overdue"
    cases.apply([intent(3, "clear", code="hold_overdue", subject="hold:1")])
    assert _folds(cases)["order_blocked"] is None
    rows = everything(cases)
    assert all(not rows[r["folded_under"]]["folded_under"] for r in rows.values() if r["folded_under"])


def test_orders_do_not_fold_into_each_other(cases: Cases) -> None:
    """The parent is of the same order; cases without an order never fold."""
    cases.apply([
        intent(1, code="release_overdue", subject="a", order_id="ord_1"),
        intent(2, code="delivery_late", subject="b", order_id="ord_2"),
        intent(3, code="ack_overdue", subject="c", order_id=None, so=None),
    ])  # fmt: skip
    assert set(_folds(cases).values()) == {None}


def test_a_disagreement_folds_under_the_code_that_explains_it(cases: Cases) -> None:
    """The CRM was not told, so it disagrees; told, it still disagrees, and then that is a case of its own."""
    codes = ("status_diverged", "crm_update_late")
    cases.apply([intent(n + 1, code=code, subject=f"x:{n}") for n, code in enumerate(codes)])
    assert _folds(cases) == {"status_diverged": "crm_update_late", "crm_update_late": None}
    cases.apply([intent(3, "clear", code="crm_update_late", subject="x:1")])
    assert _folds(cases)["status_diverged"] is None


def test_what_died_on_the_way_stands_before_its_consequences(cases: Cases) -> None:
    """A dead release: no acknowledgment, a blocked order, a missing outcome. The message is the one case, depth one."""
    codes = ("ack_overdue", "order_blocked", "outcome_missing", "shipment_unposted", "message_dead")
    cases.apply([intent(n + 1, code=code, subject=f"x:{n}") for n, code in enumerate(codes)])
    assert _folds(cases) == dict.fromkeys(codes, "message_dead") | {"message_dead": None}


def test_late_supply_explains_an_undated_backorder_and_the_block(cases: Cases) -> None:
    """No stock: the undated backorder is the case; when purchasing says that supply is late, that is."""
    cases.apply(
        [
            intent(1, code="order_blocked", subject="a", cause="no_stock"),
            intent(2, code="backorder_undated", subject="b"),
        ]
    )
    assert _folds(cases) == {"order_blocked": "backorder_undated", "backorder_undated": None}
    cases.apply([intent(3, code="supply_late_for_order", subject="c")])
    assert _folds(cases) == {
        "order_blocked": "supply_late_for_order", "backorder_undated": "supply_late_for_order",
        "supply_late_for_order": None,
    }  # fmt: skip


def test_too_much_folds_under_the_stale_instruction_that_caused_it(cases: Cases) -> None:
    """The old revision was shipped: that more left than was ordered is the same fault."""
    cases.apply(
        [intent(1, code="over_shipped", subject="ord_1"), intent(2, code="stale_revision_shipped", subject="fo:1")]
    )
    assert _folds(cases) == {"over_shipped": "stale_revision_shipped", "stale_revision_shipped": None}
