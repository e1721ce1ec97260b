"""Working time: what four working hours after Friday afternoon come to, in the zone of the people who work."""

from app.calendar.calendars import Calendars

__all__ = ["Calendars"]
