"""Where a fault stands in its message."""

from app.model.faults import shown

X12 = "ISA*00~GS*PO~ST*850*0002~BEG*00*NE*4712**20261120~PO1*1*xx*EA~SE*4*0002~"


def letter(detail: str) -> dict[str, object]:
    """A letter whose excerpt is but the beginning of its item."""
    return {"item": 1, "excerpt": "ST*850*0002", "native_id": "0002", "detail": detail}


def test_an_item_reaches_as_far_as_the_value_that_does_not_fit() -> None:
    """The beginning of the transaction tells which one it is; the bad quantity stands two segments later, and is marked."""
    told = shown(X12, letter("PO102 'xx' is no number"))
    assert [told.item[begin:end] for begin, end in told.marks] == ["xx"]
    assert told.item.startswith("ST*850*0002~BEG") and told.item.endswith("*xx")
    assert told.before + told.item + told.after == X12


def test_a_value_that_is_in_the_item_or_nowhere_stretches_nothing() -> None:
    """Nothing is gained by showing more of the message."""
    assert shown(X12, letter("'850' is not agreed")).item == "ST*850*0002"
    assert shown(X12, letter("'zz' is no number")).item == "ST*850*0002"
