"""What waits for a system that is silent or out is one case in front of people: the system's."""

from app.cases import Cases
from tests.cases.desk import everything, intent

WEST = {"subject": "3pl.west", "order_id": None, "so": None, "system": "3pl.west"}
SILENT = {"code": "source_silent", "subject_type": "source"} | WEST
OUT = {"code": "partner_outage", "subject_type": "partner"} | WEST


def waiting(seq: int, action: str = "raise", **said: object) -> object:
    """Something of an order of its own that waits for the warehouse."""
    told = {"subject": f"fo:{seq}", "order_id": f"ord_{seq}", "system": "3pl.west", "confidence": "unknown"}
    return intent(seq, action, **(told | said))


def folds(cases: Cases) -> dict[str, str | None]:
    """Subject (with its code, of systems) -> code of its parent."""
    rows = everything(cases)
    return {
        row["code"] if row["subject"]["key"] == "3pl.west" else row["subject"]["key"]: rows[row["folded_under"]]["code"]
        if row["folded_under"]
        else None
        for row in rows.values()
    }


def test_what_is_unknown_folds_under_the_silence_until_it_is_known(cases: Cases) -> None:
    """Two orders wait; what is confirmed of a third does not. Heard again, they stay under it until they are decided."""
    cases.apply([intent(1, **SILENT), waiting(2), waiting(3), waiting(4, confidence="confirmed")])
    assert folds(cases) == {"source_silent": None, "fo:2": "source_silent", "fo:3": "source_silent", "fo:4": None}
    assert len(cases.list({})[0]) == 2
    cases.apply([intent(5, "clear", **SILENT)])
    assert folds(cases)["fo:2"] == "source_silent"
    cases.apply([waiting(6, "update", subject="fo:2", order_id="ord_2", confidence="confirmed")])
    assert folds(cases) == {"source_silent": None, "fo:2": None, "fo:3": "source_silent", "fo:4": None}


def test_an_outage_folds_the_codes_that_it_explains_of_its_partner(cases: Cases) -> None:
    """Its silence, an acknowledgement and a dead message fold, whether sure or not, and unfold at its end; a late delivery
    and another partner's do not."""
    sure = {"confidence": "confirmed"}
    cases.apply([
        intent(1, **SILENT), waiting(2, **sure), waiting(3, code="message_dead", **sure),
        waiting(4, code="delivery_late", **sure), waiting(5, partner="3pl.east", system="3pl.east", **sure),
    ])  # fmt: skip
    cases.apply([intent(6, **OUT)])
    under = {"source_silent": "partner_outage", "fo:2": "partner_outage", "fo:3": "partner_outage"}
    assert folds(cases) == {"partner_outage": None, "fo:4": None, "fo:5": None} | under
    cases.apply([intent(7, "clear", **OUT)])
    assert set(folds(cases).values()) == {None}


def test_what_folds_under_an_acknowledgement_goes_with_it(cases: Cases) -> None:
    """A blocked order whose acknowledgement is unknown stands under the silence too: depth is one."""
    blocked = waiting(3, code="order_blocked", order_id="ord_2", subject="ord_2", confidence="confirmed")
    cases.apply([intent(1, **SILENT), waiting(2), blocked])
    assert folds(cases) == {"source_silent": None, "fo:2": "source_silent", "ord_2": "source_silent"}


def test_a_role_waits_for_whichever_of_its_sources_is_silent(cases: Cases) -> None:
    """Nobody knows which ERP the order is in, and one of them is silent."""
    cases.apply([intent(1, **(SILENT | {"subject": "erp.main"})), waiting(2, system="erp", partner=None)])
    assert folds(cases) == {"erp.main": None, "fo:2": "source_silent"}


def test_late_reports_fold_under_the_budget_that_they_burn(cases: Cases) -> None:
    """One alert of the warehouse: its late reports stand under it while it lasts, another's and other codes do not."""
    sure, burnt = {"confidence": "confirmed"}, {"order_id": None, "so": None, "partner": "3pl.west", "rule": "L08"}
    budget = {"code": "slo_burning", "subject_type": "partner", "subject": "L08:3pl.west"} | burnt
    cases.apply([
        waiting(1, code="confirmation_late", **sure), waiting(2, code="confirmation_late", partner="3pl.east", **sure),
        waiting(3, code="delivery_late", **sure), intent(4, **budget),
    ])  # fmt: skip
    assert {key: under for key, under in folds(cases).items() if under} == {"fo:1": "slo_burning"}
    cases.apply([intent(5, **(budget | {"subject": "L06:3pl.west", "rule": "L06"})), intent(6, "clear", **budget)])
    assert set(folds(cases).values()) == {None}
