"""A running server fetches what is declared to be fetched, and says how that stands."""

import json
import sqlite3
from typing import Any

from tests.guarantees.server import Server, hours_ago, until


def listed(server: Server) -> dict[str, Any]:
    """What `orderscope source list` says of the source that is fetched."""
    done = server.command("source", "list", "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = {row["source"]: row for row in json.loads(done.stdout)}["3pl.north"]["feed"]
    return found


def test_a_table_is_fetched(server: Server) -> None:
    """While the database is missing that is said; when it is there its rows become events, and the position is told."""
    assert "there is no such database" in until(lambda: listed(server)["last_error"] or None, 20)
    at = hours_ago(1)
    con = sqlite3.connect(server.folder / "north.db")
    con.execute('create table moves (record integer, at text, code text, "order" text, fo text, tracking text)')
    con.execute("insert into moves values (1, ?, 'ACK', 'SO-NORTH-1', 'FO-NORTH-1', null)", (at,))
    con.commit()
    con.close()
    until(lambda: server.get("/api/v1/orders", q="SO-NORTH-1")["items"] or None, 30)
    told = until(lambda: (said := listed(server)) and said["accepted"] == 1 and said, 20)
    assert (told["kind"], told["position"], told["failing"]) == ("sql", {"watermark": at}, False)
