"""Up to when what sources have said is complete: never back, never past who holds it, and silence is allowed some time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.watermarks import Told, combined, is_idle, watermark

told = st.builds(Told, st.one_of(st.none(), st.integers(-5, 5)), st.booleans())


@given(st.lists(told, max_size=4), st.one_of(st.none(), st.integers(-5, 5)))
def test_together_they_never_fall_back_and_never_pass_one_that_is_awaited(
    sources: list[Told], before: int | None
) -> None:
    """What was complete stays so, and nothing new is complete before each active source has said so."""
    found = combined(sources, before)
    if before is not None:
        assert found is not None
        assert found >= before
    if found is not None and found != before:
        assert all(one.watermark is not None and one.watermark >= found for one in sources if not one.idle)


def test_those_of_whom_nothing_is_expected_are_left_out_unless_all_are_such() -> None:
    """One idle source holds nobody back; of idle sources alone the one that told most counts."""
    assert combined([Told(2, idle=True), Told(5)]) == 5
    assert combined([Told(2, idle=True), Told(5, idle=True)]) == 5
    assert combined([Told(None), Told(5)]) is None
    assert combined([Told(3)], before=4) == 4
    assert combined([], before=4) == 4


def test_an_event_at_the_bound_may_still_come() -> None:
    """With lateness of ten, an event ten before the newest is still in time, so only what lies before is complete."""
    assert watermark(100, 10) == 89
    assert watermark(None, 10) is None


def test_silence_is_allowed_up_to_its_last_moment() -> None:
    """Exactly as long as allowed is not idle; a microsecond more is; no silence at all cannot be asked for."""
    assert [is_idle(silence, 10) for silence in (9, 10, 11)] == [False, False, True]
    with pytest.raises(ValueError, match="some silence"):
        is_idle(1, 0)
