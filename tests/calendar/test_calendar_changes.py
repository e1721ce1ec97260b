"""Calendars that are not the same every week: nights, cut-offs, files, corrections, versions; and what is refused."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from app.calendar import Calendars
from app.errors import WrongUse
from app.main.checks import faults
from app.settings import Calendar, load

WEEKDAYS: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-18:00")
NIGHTS: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "22:00-06:00")
PROCLAIMED = {"date": "2026-11-09", "author": "anna", "published": "2026-11-05T13:00:00+01:00"}


def desk(hours: Any = WEEKDAYS, **said: Any) -> Calendars:
    """One calendar called `desk`."""
    return Calendars({"desk": Calendar.model_validate({"hours": hours, **said})})


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026; the 6th is a Friday."""
    return datetime(2026, 11, day, hour, minute)


def asked(calendars: Calendars, question: str, *args: Any, name: str = "desk") -> Any:
    """The answer to a question about one instant."""
    return getattr(calendars, question)(*(pl.Series([one]) for one in args), pl.Series([name]))[0]


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    """Friday night goes on into Saturday, closes at six, and a working day later is the same hour of Monday night."""
    nights = desk(NIGHTS)
    assert asked(nights, "is_open", at(7, 5)) is True
    assert asked(nights, "is_open", at(7, 6)) is False
    assert asked(nights, "add", at(6, 23), 7 * 3600) == at(7, 6)
    assert asked(nights, "add", at(6, 23), 8 * 3600) == at(9, 23)
    assert asked(nights, "add_days", at(7, 2), 1) == at(10, 2)
    assert asked(nights, "closing", at(7, 2), 0) == at(7, 6)


def test_a_day_off_takes_the_night_that_begins_on_it() -> None:
    """With Friday closed, Thursday's shift still ends on Friday morning and none begins that evening."""
    nights = desk(NIGHTS, closed=("2026-11-06",))
    assert asked(nights, "next_opening", at(6, 5)) == at(6, 5)
    assert asked(nights, "next_opening", at(6, 23)) == at(9, 22)


def test_other_hours_of_a_date_go_before_holidays_and_the_week() -> None:
    """A Saturday and a public holiday that are worked, and a Monday that closes early."""
    special = ({"date": "2026-11-07", "hours": "09:00-12:00"}, {"date": "2026-11-09", "hours": "08:00-10:00"})
    worked = desk(corrections=(*special, {"date": "2026-12-25", "hours": "08:00-18:00"}), holidays="DE")
    assert asked(worked, "add", at(6, 17), 2 * 3600) == at(7, 10)
    assert asked(worked, "add", at(7, 12), 2 * 3600) == at(9, 10)
    assert asked(worked, "is_open", datetime(2026, 12, 25, 9)) is True


def test_other_hours_begin_when_the_night_before_is_over() -> None:
    """Where a special Saturday begins before Friday's shift ends, no hour is worked twice."""
    both = desk(NIGHTS, corrections=({"date": "2026-11-07", "hours": "04:00-08:00"},))
    assert asked(both, "elapsed", at(6, 22), at(8, 0)) == timedelta(hours=10)
    assert both.periods("desk", at(6, 20), 2) == [(at(6, 22), at(7, 6)), (at(7, 6), at(7, 8))]


def test_windows_may_touch() -> None:
    """A shift that begins when the one before ends is work without a break, over midnight too."""
    shifts = desk({"mon": "14:00-22:00,22:00-06:00", "tue": "06:00-14:00"})
    assert asked(shifts, "elapsed", at(9, 14), at(10, 14)) == timedelta(hours=24)
    assert asked(shifts, "next_opening", at(10, 6)) == at(10, 6)


def test_days_observed_for_a_holiday_can_be_left_to_work() -> None:
    """In 2026 the American Fourth of July is a Saturday, and the Friday before is off where that is kept."""
    friday = datetime(2026, 7, 3, 12)
    assert asked(desk(holidays="US"), "is_open", friday) is False
    assert asked(desk(holidays="US", observed=False), "is_open", friday) is True


def test_a_cut_off_may_differ_by_day_and_counts_the_instant_itself_as_late() -> None:
    """Friday closes its books at noon; a day without a cut-off takes orders until closing time."""
    early = desk(cutoff={"thu": "14:00", "fri": "12:00"})
    assert [asked(early, "cut_off", one) for one in (at(6, 11, 59), at(6, 12))] == [at(6, 11, 59), at(9, 8)]
    assert [asked(early, "cut_off", one) for one in (at(9, 17, 59), at(9, 18))] == [at(9, 17, 59), at(10, 8)]
    assert asked(early, "cut_off", at(5, 7)) == at(5, 8)


def test_elapsed_time_has_the_days_of_utc() -> None:
    """Without a calendar a day closes at midnight, a given cut-off moves to it, and a file can come at once."""
    none, minutes = Calendars({}), pl.Series([14 * 60])
    assert asked(none, "closing", at(7, 9), 1) == at(9, 0)
    assert none.cut_off(pl.Series([at(7, 14)]), pl.Series([""]), minutes)[0] == at(8, 0)
    assert none.cut_off(pl.Series([at(7, 13)]), pl.Series([""]), minutes)[0] == at(7, 13)
    assert asked(none, "next_file", at(7, 9)) == at(7, 9)


def test_files_come_by_the_wall_of_the_zone() -> None:
    """Six in Berlin is 5:00 UTC in winter and 4:00 in summer; the instant itself is a file's."""
    files = desk(zone="Europe/Berlin", files=("FREQ=DAILY;BYHOUR=6",))
    assert asked(files, "next_file", at(7, 5)) == at(7, 5)
    assert asked(files, "next_file", datetime(2026, 7, 7, 4, 1)) == datetime(2026, 7, 8, 4)


def test_an_end_of_files_in_utc_is_put_on_the_wall() -> None:
    """The last file at midnight in Berlin is 23:00 UTC of the day before, and none comes after."""
    files = desk(zone="Europe/Berlin", files=("FREQ=DAILY;UNTIL=20261106T230000Z",))
    assert asked(files, "next_file", at(6, 20)) == at(6, 23)
    assert asked(files, "next_file", at(6, 23, 1)) is None


def test_a_correction_counts_for_clocks_that_had_not_ended_when_it_was_published() -> None:
    """Published on the 5th at 12:00 UTC: what ended a microsecond earlier keeps the Monday, what runs loses it."""
    calendars = desk(corrections=(PROCLAIMED,))
    ends = [at(5, 12) - timedelta(microseconds=1), at(5, 12), None]
    names = calendars.in_force(
        pl.Series(["desk"] * 3), pl.Series([at(5, 9)] * 3), pl.Series(ends, dtype=pl.Datetime("us"))
    )
    due = calendars.add(pl.Series([at(6, 17)] * 3), pl.Series([7200] * 3), names)
    assert due.to_list() == [at(9, 9), at(10, 9), at(10, 9)]
    assert calendars.versions(names).to_list() == names.to_list()
    assert calendars.versions(pl.Series(["desk"]))[0] == names[2] != names[0]


def test_clocks_keep_the_version_of_their_start() -> None:
    """From midnight of the 7th in Berlin the desk opens at six; what started before keeps its eight o'clock."""
    change = {"since": "2026-11-07", "hours": dict.fromkeys(WEEKDAYS, "06:00-18:00")}
    calendars = desk(zone="Europe/Berlin", changes=(change,), corrections=(PROCLAIMED,))
    starts = pl.Series([at(6, 22, 59), at(6, 23)])
    names = calendars.in_force(pl.Series(["desk"] * 2), starts, pl.Series([None, None], dtype=pl.Datetime("us")))
    assert calendars.next_opening(starts, names).to_list() == [at(10, 7), at(10, 5)]


def test_a_name_that_was_never_declared_has_the_versions_of_default() -> None:
    """It falls back before the version is chosen; elapsed time stays elapsed time."""
    calendars = Calendars({"default": Calendar.model_validate({"hours": WEEKDAYS, "corrections": (PROCLAIMED,)})})
    names, starts = pl.Series(["nobody", "", "default"]), pl.Series([at(5, 9)] * 3)
    found = calendars.in_force(names, starts, pl.Series([at(5, 10)] * 3)).to_list()
    assert found[0] == found[2] != calendars.known("default")
    assert found[1] == ""


def test_calendars_that_never_change_keep_their_names() -> None:
    """Then no time is spent on versions, and what is kept still names what the calendar says."""
    calendars, names = desk(), pl.Series(["desk", ""])
    assert calendars.in_force(names, pl.Series([at(5, 9)] * 2), pl.Series([None, None])) is names
    version = calendars.versions(names)[0]
    assert version.startswith("desk@")
    assert version != desk(closed=("2026-11-09",)).versions(names)[0]


HOURS = "hours: {mon: 08:00-18:00}"


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("hours: {mon: 22:00-06:00, tue: 05:00-18:00}", "desk.hours.tue"),
        (f"{HOURS}, cutoff: '25'", "desk.cutoff"),
        (f"{HOURS}, cutoff: {{fri: 14:61}}", "desk.cutoff"),
        (f"{HOURS}, files: [FREQ=SECONDLY]", "desk.files.rule"),
        (f"{HOURS}, files: [FREQ=MINUTELY]", "desk.files.rule"),
        (f"{HOURS}, files: [FREQ=SOMETIMES]", "desk.files.rule"),
        (f"{HOURS}, files: ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30']", "desk.files.rule"),
        (f"{HOURS}, files: [{{rule: FREQ=DAILY, start: 2026-01-01T00:00:00Z}}]", "desk.files.start"),
        (f"{HOURS}, corrections: [{{date: 2026-13-01}}]", "desk.corrections.0.date"),
        (f"{HOURS}, corrections: [{{date: 2026-12-01, hours: some}}]", "desk.corrections.0.hours"),
        (f"{HOURS}, corrections: [{{date: 2026-12-01, published: 2026-11-01T00:00:00Z}}]", "desk.corrections.0.author"),
        (f"{HOURS}, corrections: [{{date: 2026-12-01, published: now, author: a}}]", "desk.corrections.0.published"),
        (f"{HOURS}, changes: [{{since: 2026-12-01, zone: Mars}}]", "desk.changes.0.zone"),
        (f"{HOURS}, changes: [{{since: 2026-12-01, hours: {{}}}}]", "desk.changes.0"),
        (f"{HOURS}, changes: [{{since: soon}}]", "desk.changes.0.since"),
        (f"{HOURS}, changes: [{{since: 2026-12-01}}, {{since: 2026-11-01}}]", "desk.changes"),
        (f"{HOURS}, changes: [{{since: 2026-12-01, corrections: []}}]", "desk.changes.0.corrections"),
    ],
)
def test_a_fault_names_its_place(said: str, place: str, tmp_path: Any) -> None:
    """Whoever reads the configuration hears of the key that is wrong."""
    file = tmp_path / "orderscope.yaml"
    file.write_text(f"calendars:\n  desk: {{{said}}}\n", encoding="utf-8")
    with pytest.raises(WrongUse) as fault:
        Calendars(load(file).calendars)
    assert f"calendars.{place}: " in fault.value.detail


def test_the_check_tells_the_faults_of_all_calendars(tmp_path: Any) -> None:
    """One line for each that is wrong, none for the one that is sound."""
    file = tmp_path / "orderscope.yaml"
    bad = f"  a: {{{HOURS}, cutoff: '25'}}\n  b: {{}}\n"
    file.write_text(f"calendars:\n{bad}  sound: {{{HOURS}}}\n", encoding="utf-8")
    assert [line.split(": ")[0] for line in faults(str(file))] == ["calendars.a.cutoff", "calendars.b"]


def test_times_and_countries_may_stand_without_quotes(tmp_path: Any) -> None:
    """A cut-off is no number in base sixty, Norway no falsehood, and a date stays the text it is."""
    file = tmp_path / "orderscope.yaml"
    file.write_text(
        f"calendars:\n  desk: {{{HOURS}, cutoff: 14:00, holidays: NO, closed: [2026-11-09]}}\n", encoding="utf-8"
    )
    read = load(file).calendars["desk"]
    assert (read.cutoff, read.holidays, read.closed) == ("14:00", "NO", ("2026-11-09",))


def test_dates_at_the_ends_of_time_do_no_harm() -> None:
    """A closed date in the year 1 or 9999 is kept and never comes up."""
    ends = desk(closed=("0001-01-01", "9999-12-31"))
    assert asked(ends, "add", at(6, 17), 2 * 3600) == at(9, 9)


def test_what_cannot_be_kept_is_refused_when_it_is_read() -> None:
    """Not only the check: no program starts with such a calendar."""
    with pytest.raises(WrongUse, match=r"calendars\.desk\.files\.rule"):
        desk(files=("FREQ=HOURLY;BYMINUTE=0,1,2,3,4,5,6,7,8,9,10,11,12,13",))
