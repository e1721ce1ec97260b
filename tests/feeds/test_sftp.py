"""Files of a real SFTP server: taken when they stand still, once, and only from the server that was declared."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.feeds.conftest import Opened
from tests.feeds.depot import Breaking, event
from tests.feeds.dock import Dock


@pytest.fixture
def dock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dock]:
    """A server with an empty folder; the environment knows the password."""
    monkeypatch.setenv("SFTP_PASSWORD", "right")
    made = Dock(tmp_path / "dock")
    yield made
    made.close()


def pull(dock: Dock, **more: Any) -> dict[str, Any]:
    """What is declared for it."""
    told = {
        "kind": "sftp",
        "host": "127.0.0.1",
        "port": dock.port,
        "user": "orderscope",
        "password_from": "SFTP_PASSWORD",
    }
    return told | {"host_key": dock.host_key.fingerprint, "pattern": "*.json*"} | more


def test_a_file_is_taken_when_it_stands_still(dock: Dock, depot: Opened) -> None:
    """Seen twice with the same size and time it is read and moved; one that grows, is hidden or unfinished waits."""
    place = depot("cloudevents", pull(dock))
    dock.put("a.json", event("a"))
    dock.put("b.jsonl.gz", gzip.compress(event("b") + b"\n" + event("c") + b"\n"))
    dock.put("grows.json", b"[")
    for name in (".hidden.json", "late.json.part", "other.txt"):
        dock.put(name, event("never"))
    place.run()
    assert place.ids() == []
    dock.put("grows.json", b"[" + event("g") + b"]")
    place.run()
    assert place.ids() == ["a", "b", "c"]
    place.run()
    assert place.ids() == ["a", "b", "c", "g"]
    dock.put("a.json", event("a2"))
    place.run()
    line = place.run()
    assert place.ids() == ["a", "a2", "b", "c", "g"]
    moved = [name for name in dock.names() if name.startswith("done/")]
    assert len(moved) == 4
    assert {"done/a.json", "done/b.jsonl.gz", "done/grows.json"} < set(moved)
    assert [name for name in dock.names() if name not in moved] == [".hidden.json", "late.json.part", "other.txt"]
    assert line.keeper.standing.duplicates == 0
    assert list((place.settings.data / "feeds").iterdir()) == [line.keeper.file], "a copy was left behind"


def test_a_folder_may_stay_as_it_is(dock: Dock, depot: Opened) -> None:
    """Where nothing may be moved files are remembered, and one that changes is read again."""
    place = depot("cloudevents", pull(dock, after="remember"))
    dock.fixed = True
    dock.put("a.json", event("a"))
    place.run()
    place.run()
    line = place.run()
    assert (place.ids(), line.keeper.standing.accepted, line.keeper.standing.duplicates) == (["a"], 1, 0)
    dock.put("a.json", b"[" + event("a") + b"," + event("b") + b"]")
    place.run()
    line = place.run()
    assert (place.ids(), line.keeper.standing.duplicates) == (["a", "b"], 1)


def test_one_bad_file_never_stops_the_others(dock: Dock, depot: Opened) -> None:
    """Too large, unreadable, or not to be moved: each is said, the good ones are taken, none is read again and again."""
    place = depot("cloudevents", pull(dock, max_file=10_000))
    dock.put("big.json", b" " * 10_001)
    dock.put("cut.json.gz", gzip.compress(event("x") * 50)[:-9])
    dock.put("good.json", event("good"))
    dock.put("nonsense.json", b"nonsense")
    dock.fixed = True
    place.run()
    line = place.line()
    assert not line.run()
    assert (
        "4 files could not be taken; the first is big.json: is larger than 10,000 bytes"
        in line.keeper.standing.last_error
    )
    assert place.ids() == ["good"]
    assert place.letters() == ["malformed", "unreadable_file"]
    dock.fixed = False
    line = place.line()
    assert not line.run()
    assert "1 files" in line.keeper.standing.last_error
    assert (place.ids(), len(place.letters())) == (["good"], 2)
    assert dock.names() == ["big.json", "done/cut.json.gz", "done/good.json", "done/nonsense.json"]


def test_a_power_cut_leaves_the_file_to_be_read_again(dock: Dock, depot: Opened) -> None:
    """Stored but not moved: the next start reads it again, the store drops it, and then it is moved."""
    place = depot("cloudevents", pull(dock))
    dock.put("a.json", event("a"))
    place.run()
    assert not place.line(Breaking(place.intake, after=0)).run()
    assert (place.ids(), dock.names()) == (["a"], ["a.json"])
    line = place.run()
    assert (place.ids(), dock.names(), line.keeper.standing.duplicates) == (["a"], ["done/a.json"], 1)


def test_only_the_declared_server_hears_the_secret(dock: Dock, depot: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another host key ends it before the password is sent; a wrong password and a key are told apart."""
    line = depot("cloudevents", pull(dock, host_key="SHA256:" + "A" * 43)).line()
    assert not line.run()
    assert dock.host_key.fingerprint in line.keeper.standing.last_error
    assert dock.passwords == []
    monkeypatch.setenv("SFTP_PASSWORD", "wrong")
    line = depot("cloudevents", pull(dock)).line()
    assert not line.run()
    assert "does not let orderscope in" in line.keeper.standing.last_error
    assert "wrong" not in line.keeper.standing.last_error
    text = io.StringIO()
    dock.key.write_private_key(text)
    monkeypatch.setenv("SFTP_KEY", text.getvalue())
    depot("cloudevents", pull(dock, key_from="SFTP_KEY")).run()
    monkeypatch.setenv("SFTP_KEY", "no key")
    line = depot("cloudevents", pull(dock, key_from="SFTP_KEY")).line()
    assert not line.run()
    assert "no private key that can be read" in line.keeper.standing.last_error
    line = depot("cloudevents", pull(dock, folder="nowhere", key_from="", password_from="file:/nowhere")).line()
    assert not line.run()
    assert "the secret cannot be read" in line.keeper.standing.last_error
