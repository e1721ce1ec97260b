"""Filters and sort orders from outside, as SQL: columns from an allow-list, values only as parameters."""

from datetime import datetime
from typing import Any

from app import clock
from app.errors import BadInput

Where = dict[str, Any]
Sort = list[tuple[str, str]]

_TEXT = {  # how the grid calls it: operator, pattern
    "contains": ("like", "%{}%"), "notContains": ("not like", "%{}%"), "equals": ("=", "{}"),
    "notEqual": ("<>", "{}"), "startsWith": ("like", "{}%"), "endsWith": ("like", "%{}"),
}  # fmt: skip
_NUMBER = {
    "equals": "=",
    "notEqual": "<>",
    "lessThan": "<",
    "lessThanOrEqual": "<=",
    "greaterThan": ">",
    "greaterThanOrEqual": ">=",
}


class Conditions:
    """Collects conditions with their values."""

    def __init__(self, columns: dict[str, str]) -> None:
        self._columns = columns
        self._said: list[str] = ["true"]
        self.values: dict[str, Any] = {}

    def bind(self, value: Any) -> str:
        """Remember a value; the parameter that stands for it."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"

    def add(self, condition: str) -> None:
        """A condition of our own words."""
        self._said.append(condition)

    def among(self, column: str, wanted: list[str] | str | None) -> None:
        """Only rows whose column is one of these; nothing wanted means all."""
        if wanted and column in self._columns:
            values = [wanted] if isinstance(wanted, str) else list(wanted)
            self.add(f"list_contains({self.bind(values)}::varchar[], {self._columns[column]}::varchar)")

    def search(self, text: str | None, columns: tuple[str, ...]) -> None:
        """Rows in which any of the columns holds the text."""
        if text and text.strip():
            pattern = self.bind(f"%{_escaped(text.strip().lower())}%")
            self.add(
                "("
                + " or ".join(f"lower({self._columns[c]}::varchar) like {pattern} escape '\\'" for c in columns)
                + ")"
            )

    def grid(self, model: dict[str, Any] | None) -> None:
        """The filter model of the grid: text, number and date filters, one or two conditions per column. Raises BadInput."""
        for name, said in (model or {}).items():
            if name not in self._columns or not isinstance(said, dict):
                raise _unfit(name)
            parts = said.get("conditions") or [said]
            glue = " or " if said.get("operator") == "OR" else " and "
            try:
                told = [self._one(self._columns[name], part) for part in parts]
            except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
                raise _unfit(name) from None
            self.add("(" + glue.join(told) + ")")

    def _one(self, column: str, part: dict[str, Any]) -> str:
        """One condition; raises what reading it raises where it is none."""
        how, kind = str(part.get("type")), part.get("filterType", "text")
        if how in ("blank", "notBlank"):
            return f"{column} is {'not ' if how == 'notBlank' else ''}null"
        if kind == "text" and how in _TEXT:
            operator, pattern = _TEXT[how]
            value = self.bind(pattern.format(_escaped(str(part.get("filter", "")).lower())))
            return f"coalesce(lower({column}::varchar), '') {operator} {value}" + (
                " escape '\\'" if "like" in operator else ""
            )
        dated = kind == "date"
        read, cast = (_moment, "timestamp") if dated else (float, "double")
        low = self.bind(read(part["dateFrom" if dated else "filter"]))
        if how == "inRange":
            high = self.bind(read(part["dateTo" if dated else "filterTo"]))
            return f"{column} between {low}::{cast} and {high}::{cast}"
        return f"{column} {_NUMBER[how]} {low}::{cast}"

    def text(self) -> str:
        """All conditions, joined."""
        return " and ".join(self._said)


def ordered(sort: Sort, columns: dict[str, str], default: str) -> str:
    """An `order by` of known columns; the last word makes the order total. Raises BadInput for a column that is none."""
    if wrong := [column for column, _ in sort if column not in columns]:
        raise BadInput(f"Nothing can be sorted by `{wrong[0][:100]}`.", f"Use {', '.join(columns)}; - reverses.")
    known = [f"{columns[c]} {'desc' if d == 'desc' else 'asc'} nulls last" for c, d in sort]
    return ", ".join([*known, default])


def _moment(said: str) -> datetime:
    return clock.asked(datetime.fromisoformat(said))


def _unfit(column: str) -> BadInput:
    return BadInput(
        f"The filter of `{column[:100]}` cannot be read.",
        "Send what the grid sends: a text, number or date filter of one of its columns.",
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
