"""Filters and sort orders from outside, as SQL: columns from an allow-list, values only as parameters."""

from typing import Any

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
        """The filter model of the grid: text, number and date filters, one or two conditions per column."""
        for column, said in (model or {}).items():
            if column in self._columns and isinstance(said, dict):
                parts = said.get("conditions") or [said]
                glue = " or " if said.get("operator") == "OR" else " and "
                told = [one for part in parts if (one := self._one(self._columns[column], part))]
                if told:
                    self.add("(" + glue.join(told) + ")")

    def _one(self, column: str, part: dict[str, Any]) -> str:
        how, kind = str(part.get("type")), part.get("filterType", "text")
        if how in ("blank", "notBlank"):
            return f"{column} is {'not ' if how == 'notBlank' else ''}null"
        if kind == "text" and how in _TEXT:
            operator, pattern = _TEXT[how]
            value = self.bind(pattern.format(_escaped(str(part.get("filter", "")).lower())))
            return f"coalesce(lower({column}::varchar), '') {operator} {value}" + (
                " escape '\\'" if "like" in operator else ""
            )
        low, high = (
            (part.get("dateFrom"), part.get("dateTo")) if kind == "date" else (part.get("filter"), part.get("filterTo"))
        )
        cast = "timestamp" if kind == "date" else "double"
        if how == "inRange":
            return f"{column} between {self.bind(low)}::{cast} and {self.bind(high)}::{cast}"
        return f"{column} {_NUMBER[how]} {self.bind(low)}::{cast}" if how in _NUMBER else ""

    def text(self) -> str:
        """All conditions, joined."""
        return " and ".join(self._said)


def ordered(sort: Sort, columns: dict[str, str], default: str) -> str:
    """An `order by` of known columns; the last word makes the order total."""
    known = [f"{columns[c]} {'desc' if d == 'desc' else 'asc'} nulls last" for c, d in sort if c in columns]
    return ", ".join([*known, default])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
