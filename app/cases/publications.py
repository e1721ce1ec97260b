"""Rules that people publish: who, when, why, and the text. Append-only; the newest row of a rule counts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select

from app import clock
from app.cases.identity import Identity, request_id
from app.cases.store import Store
from app.cases.tables import publication, rule_file
from app.errors import BadInput, Stale

Row = dict[str, Any]


def publish(
    store: Store, rule: str, text: str, version: str, comment: str, who: Identity, via: str, seen: int | None = None
) -> int:
    """Keep a rule in a person's name, or with an empty text take it back; the number of the row.

    `seen` is the `number` of what the person knew to be published, 0 for nothing; raises Stale when it is another by now.
    """
    if not comment.strip():
        raise BadInput("Nobody will know why.", "Say in `comment` what changes and why.")
    row = {
        "rule": rule, "at": clock.instant(clock.wall()), "author": who.actor, "via": via, "comment": comment.strip(),
        "version": version, "text": text, "request_id": request_id.get(),
    }  # fmt: skip
    with store.writing() as connection:
        newest = select(publication).where(publication.c.rule == rule).order_by(publication.c.number.desc())
        last = connection.execute(newest.limit(1)).mappings().first()
        if seen is not None and seen != number(last):
            raise Stale(f"Somebody has published {rule} since you read it. Nothing was done.", "Look at it again.")
        made = insert(publication).values(row).returning(publication.c.number)
        return int(connection.execute(made).scalar_one())


def number(newest: RowMapping | Row | None) -> int:
    """The number of what is published by the newest row of a rule: none, where it was taken back."""
    return newest["number"] if newest and newest["text"] else 0


def history(store: Store, rule: str = "") -> list[Row]:
    """Everything that was published of one rule, or of all, oldest first."""
    chosen = select(publication).order_by(publication.c.number)
    with store.reading() as connection:
        rows = connection.execute(chosen.where(publication.c.rule == rule) if rule else chosen)
        return [dict(row._mapping) for row in rows]


def standing(store: Store) -> dict[str, Row]:
    """Rule id -> its newest row, of the rules that were not withdrawn."""
    newest = {row["rule"]: row for row in history(store)}
    return {rule: row for rule, row in newest.items() if row["text"]}


def good_files(store: Store) -> dict[str, str]:
    """File name -> its last text without a fault."""
    with store.reading() as connection:
        return dict(connection.execute(select(rule_file.c.name, rule_file.c.text)).tuples().all())


def keep_files(store: Store, texts: Mapping[str, str]) -> None:
    """Remember these texts, and forget every other file."""
    if good_files(store) == texts:
        return
    now = clock.instant(clock.wall())
    with store.writing() as connection:
        connection.execute(delete(rule_file))
        for name, text in texts.items():
            connection.execute(insert(rule_file).values(name=name, text=text, taken_at=now))
