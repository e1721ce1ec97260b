"""What strangers and broken systems send: each gets a clear answer, what is good beside it is stored, nothing stops."""

import csv
import gzip
import io
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.guarantees.server import BATCH, Server, event, hours_ago, until

MIB = 2**20
GROWTH = 150 * MIB
#: A file may be a document of 256 MiB, which is read in one piece.
FILE_GROWTH = 450 * MIB
PROTOBUF = {"Content-Type": "application/x-protobuf"}
DEEP = b"[" * 100_000 + b"]" * 100_000
HTML, FORMULA = '<img src=x onerror="alert(1)"> & "Söhne"', '=HYPERLINK("http://example.invalid","click")'


@pytest.fixture(autouse=True)
def still_good(server: Server, request: pytest.FixtureRequest) -> Any:
    """After each of these the server is ready, and the next good event makes an order."""
    yield
    number = f"AFTER-{request.node.name}"[:150]
    server.take(event(number, "erp.main", "order.created", hours_ago(0.01), keys={"so": number}))
    assert server.get("/api/v1/orders", q=number)["total"] == 1


def created(number: str, **data: Any) -> dict[str, Any]:
    return event(number, "erp.main", "order.created", hours_ago(0.01), keys={"so": number}, **data)


def wrong_items(name: str) -> dict[str, bytes]:
    """Reason -> an item that must be refused for it, as bytes of JSON."""
    far = created(f"{name}-9999") | {"time": "9999-12-31T23:59:59Z"}
    long = event(f"{name}-long", "erp.main", "order.created", keys={"so": "9" * (2 * MIB)})
    line = {"line": "1", "sku": "A", "qty": "1e400"}
    bare = json.dumps(created(f"{name}-bare", lines=[line | {"qty": "QTY"}])).replace('"QTY"', "1e400")
    good = json.dumps(created(f"{name}-item"))
    return {
        "time_out_of_range": json.dumps(far).encode(),
        "key_too_long": json.dumps(long).encode(),
        "bad_quantity": json.dumps(created(f"{name}-qty", lines=[line])).encode(),
        "bad_quantity ": bare.encode(),
        "bad_encoding": good.encode().replace(f"{name}-item".encode(), b"\xff\xfe"),
        "too_deep": good.replace('"data": {', '"data": {"deep": DEEP, ').encode().replace(b"DEEP", DEEP),
    }


def batch_of(name: str) -> tuple[bytes, list[str]]:
    """Good items before, between and after every wrong one, and the reasons in order."""
    wrong = wrong_items(name)
    items = [json.dumps(created(f"{name}-good-0")).encode()]
    for at, item in enumerate(wrong.values(), 1):
        items += [item, json.dumps(created(f"{name}-good-{at}")).encode()]
    return b"[" + b",".join(items) + b"]", [reason.strip() for reason in wrong]


def test_one_batch_with_every_wrong_item(server: Server) -> None:
    """Six items are refused, each with its reason and a dead letter; the seven good ones beside them are orders."""
    body, reasons = batch_of("BATCH")
    answer = server.client.post("/api/v1/events", content=body, headers={"Content-Type": BATCH})
    said = answer.json()
    assert (answer.status_code, said["accepted"], said["duplicates"]) == (200, 7, 0)
    assert {one["index"]: one["reason"] for one in said["rejected"]} == dict(zip(range(1, 12, 2), reasons, strict=True))
    letters = {letter["id"]: letter for letter in server.letters()}
    for one in said["rejected"]:
        letter = letters[one["dead_letter"]]
        assert letter["reason"] == one["reason"]
        assert letter["detail"]
    server.settled()
    assert server.get("/api/v1/orders", q="BATCH-good")["total"] == 7
    assert server.get("/api/v1/orders", q="BATCH-")["total"] == 7


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "empty"), (b" \r\n", "empty"), (b"\xff\xfe\x00", "malformed"), (DEEP[:-1], "too_deep"), (b"{", "malformed"), (b"<html>", "malformed")],
    ids=["empty", "blank", "not-utf-8", "deep", "half", "html"],
)  # fmt: skip
def test_an_unreadable_body_is_a_bad_request_and_is_kept(server: Server, body: bytes, reason: str) -> None:
    """What cannot be read at all is answered with 400, a reason and a dead letter."""
    answer = server.client.post("/api/v1/events", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    refused = answer.json()["rejected"][0]
    assert reason in refused["reason"]
    letter = next(one for one in server.letters() if one["id"] == refused["dead_letter"])
    assert letter["reason"] == refused["reason"]
    assert letter["detail"]


@pytest.mark.parametrize("path", ["/api/v1/events", "/v1/traces", "/api/v1/inbound/3pl.east"])
@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_bomb_costs_its_limit_and_nothing_more(server: Server, bomb: Path, path: str, coding: str) -> None:
    """1 GB of zeros packed to 1 MB or less is refused as too large, without the memory for it."""
    packed = bomb.read_bytes() if coding == "gzip" else zstandard.ZstdCompressor().compress(bytes(256 * MIB)) * 4
    assert len(packed) < 2 * MIB
    with server.grows_at_most(GROWTH):
        answer = server.client.post(
            path, content=packed, headers={"Content-Type": "application/json", "Content-Encoding": coding}
        )
    assert answer.status_code == 413
    assert "larger than" in answer.text


def test_items_that_are_too_deep_are_refused_alone(server: Server) -> None:
    """An array whose one item is nested 99,999 deep: the item is a dead letter, and the array was read."""
    answer = server.client.post("/api/v1/events", content=DEEP, headers={"Content-Type": BATCH})
    assert (answer.status_code, answer.json()["accepted"]) == (200, 0)
    assert [(one["index"], one["reason"]) for one in answer.json()["rejected"]] == [(0, "too_deep")]


def test_a_body_over_the_limit_is_refused(server: Server) -> None:
    """17 MiB as they are do not come in, said or not said beforehand."""
    body = b" " * (17 * MIB)
    said = server.client.post("/api/v1/events", content=body)
    assert said.status_code == 413
    try:
        unsaid = server.client.post(
            "/api/v1/events", content=(body[at : at + MIB] for at in range(0, len(body), MIB))
        ).status_code
    except httpx.TransportError:  # the server may close while we still send
        unsaid = 413
    assert unsaid == 413


def test_corrupt_packing_is_a_bad_request(server: Server) -> None:
    """Gzip cut short, or that is none, is named as such."""
    whole = gzip.compress(json.dumps(created("CORRUPT")).encode())
    for body in (whole[:-9], b"no gzip at all"):
        answer = server.client.post("/api/v1/events", content=body, headers={"Content-Encoding": "gzip"})
        assert answer.status_code == 400
        assert "cut short" in answer.text or "corrupt" in answer.text
    unknown = server.client.post("/api/v1/events", content=whole, headers={"Content-Encoding": "rot13"})
    assert (unknown.status_code, "rot13" in unknown.text) == (400, True)


def spans(name: str) -> bytes:
    """A message of OTLP with one good span and one without an id."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for at, trace in enumerate((b"\x00" * 16, name.encode().ljust(16, b"\x01"))):
        scope.spans.add(
            trace_id=trace,
            span_id=bytes([at + 1] * 8),
            name=name,
            start_time_unix_nano=time.time_ns(),
            end_time_unix_nano=time.time_ns(),
        )
    return request.SerializeToString()


def test_a_truncated_protobuf_is_a_bad_request(server: Server) -> None:
    """Half a message of OTLP is refused whole; a good span beside a bad one is stored."""
    whole = spans("cut")
    cut = server.client.post("/v1/traces", content=whole[:-7], headers=PROTOBUF)
    assert (cut.status_code, cut.headers["content-type"]) == (400, "application/x-protobuf")
    trace = b"cut".ljust(16, b"\x01").hex()
    assert server.get(f"/api/v1/traces/{trace}")["items"] == []
    assert any(letter["collector"] == "otlp" and letter["reason"] for letter in server.letters())
    assert server.client.post("/v1/traces", content=whole, headers=PROTOBUF).status_code == 200
    assert [span["name"] for span in server.get(f"/api/v1/traces/{trace}")["items"]] == ["cut"]


@pytest.mark.parametrize("encoding", ["application/json", "application/x-protobuf"])
def test_deep_or_empty_telemetry_stops_nothing(server: Server, encoding: str) -> None:
    """A span whose attribute is nested 100,000 deep, and a message of nothing at all."""
    answer = server.client.post("/v1/traces", content=DEEP, headers={"Content-Type": encoding})
    assert answer.status_code == 400
    empty = server.client.post("/v1/traces", content=b"", headers={"Content-Type": encoding})
    assert empty.status_code == (200 if encoding != "application/json" else 400)


def rows(*said: str) -> str:
    return "\n".join(("record,order,fo,code,at,tracking", *said)) + "\n"


def test_a_csv_file_without_its_header_is_refused(server: Server) -> None:
    """The first row of data is no header: the message is refused, and says which columns are missing."""
    headless = rows(f"1,CSV-1,CSV-1-1,ACK,{hours_ago(1)},").split("\n", 1)[1]
    answer = server.client.post("/api/v1/inbound/3pl.east", content=headless, headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["rejected"][0]["reason"]) == (400, "missing_columns")
    letter = next(one for one in server.letters() if one["id"] == answer.json()["rejected"][0]["dead_letter"])
    assert "record" in letter["detail"]
    assert (
        server.client.post("/api/v1/inbound/3pl.east", content=b"", headers={"Content-Type": "text/csv"}).status_code
        == 400
    )


def test_wrong_rows_of_a_csv_file_stand_alone(server: Server) -> None:
    """A row from the year 9999, one that is not UTF-8 and a key of 2 MB are refused; the rows beside them are stored."""
    good = hours_ago(1)
    text = rows(
        f"1,CSVROW-1,CSVROW-1-1,ACK,{good},", "2,CSVROW-2,F,ACK,9999-12-31T00:00:00Z,", f"3,BYTES,F,ACK,{good},",
        f"4,{'9' * (2 * MIB)},F,ACK,{good},", f"5,CSVROW-5,CSVROW-5-1,ACK,{good},",
    )  # fmt: skip
    body = text.encode().replace(b"BYTES", b"\xff\xfe")
    answer = server.client.post("/api/v1/inbound/3pl.east", content=body, headers={"Content-Type": "text/csv"})
    said = answer.json()
    assert (answer.status_code, said["accepted"]) == (200, 2), answer.text[:500]
    assert {one["reason"] for one in said["rejected"]} == {"time_out_of_range", "bad_encoding", "key_too_long"}
    server.settled()
    assert [server.order(f"CSVROW-{n}")["stage"] for n in (1, 5)] == ["acknowledged", "acknowledged"]


def test_nothing_in_a_name_runs(server: Server) -> None:
    """HTML and a formula in a customer's name come back as they are in JSON, and as text in the spreadsheet."""
    server.take(
        created("NAME-1", customer=HTML),
        created("NAME-2", customer=FORMULA),
        created("NAME-3", customer="\t" + FORMULA),
    )
    assert [server.order(f"NAME-{n}")["customer"] for n in (1, 2)] == [HTML, FORMULA]
    answer = server.client.get("/api/v1/orders.csv", params={"q": "NAME-"})
    assert answer.headers["content-disposition"] == 'attachment; filename="orders.csv"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    table = {row["so"]: row["customer"] for row in csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))}
    assert (table["NAME-1"], table["NAME-2"]) == (HTML, "'" + FORMULA)
    assert table["NAME-3"].startswith("'")
    found = server.get("/api/v1/orders", q=FORMULA)
    assert "NAME-2" in {row["so"] for row in found["items"]}


def dropped(server: Server, source: str, name: str, content: bytes) -> Path:
    folder = server.data / "inbox" / source
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder


def moved(folder: Path, where: str, name: str, patience: float = 30) -> dict[str, Any]:
    """Wait until the inbox has put a file aside; its reason, where it has one."""
    until(
        lambda: ((folder / where / name).is_file() and not (folder / name).exists()) or None,
        patience,
        lambda: str(list(folder.rglob("*"))),
    )
    reason = folder / where / f"{name}.reason.json"
    if where == "rejected":
        until(lambda: reason.is_file() or None)
    return dict(json.loads(reason.read_text(encoding="utf-8"))) if reason.is_file() else {}


def test_bad_files_in_the_inbox_go_aside_with_a_reason(server: Server, bomb: Path) -> None:
    """Each wrong file is put aside with its reason; good files beside it, and good items in it, are stored."""
    body, reasons = batch_of("INBOX")
    files = {
        "a-empty.json": b"", "b-half.json": b'[{"specversion": "1.0"', "c-deep.json": DEEP, "d-bytes.json": b"\xff\xfe\x00",
        "e-cut.json.gz": gzip.compress(body)[:-20],
    }  # fmt: skip
    for name, content in files.items():
        folder = dropped(server, "erp.main", name, content)
    dropped(server, "erp.main", "y-mixed.json", body)
    dropped(server, "erp.main", "z-good.json", json.dumps(created("INBOX-AFTER")).encode())
    east = dropped(server, "3pl.east", "headless.csv", b"1,O,F,ACK,2026-01-01T00:00:00Z,\n")
    otlp = dropped(server, "mw.otlp", "half.pb", spans("half")[:-7])
    told = {name: moved(folder, "rejected", name) for name in files}
    assert all(reason.get("error") or reason.get("first") for reason in told.values())
    mixed = moved(folder, "done", "y-mixed.json")
    assert (mixed["accepted"], mixed["rejected"], sorted(one["reason"] for one in mixed["first"])) == (
        7,
        6,
        sorted(reasons),
    )
    assert moved(folder, "done", "z-good.json") == {}
    assert moved(east, "rejected", "headless.csv")["first"][0]["reason"] == "missing_columns"
    assert moved(otlp, "rejected", "half.pb")["first"][0]["reason"]
    server.settled()
    assert (server.get("/api/v1/orders", q="INBOX-good")["total"], server.order("INBOX-AFTER")["stage"]) == (
        7,
        "created",
    )
    with server.grows_at_most(FILE_GROWTH):
        dropped(server, "erp.main", "bomb.json.gz", bomb.read_bytes())
        assert "more than" in moved(folder, "rejected", "bomb.json.gz", 90)["first"][0]["reason"]


def test_a_file_still_being_written_is_left_alone(server: Server) -> None:
    """A file that grows is not touched; when it stands still, all of it is taken at once."""
    folder = server.data / "inbox" / "erp.main"
    folder.mkdir(parents=True, exist_ok=True)
    growing = folder / "growing.jsonl"
    with growing.open("w", encoding="utf-8") as out:
        for at in range(16):
            line = json.dumps(created(f"GROW-{at}"))
            out.write(line[:40])
            out.flush()
            time.sleep(0.2)
            assert growing.is_file(), "taken while it was being written"
            out.write(line[40:] + "\n")
            out.flush()
    assert moved(folder, "done", "growing.jsonl") == {}
    server.settled()
    assert server.get("/api/v1/orders", q="GROW-")["total"] == 16


def test_ingest_says_what_was_wrong_and_stores_the_rest(server: Server, tmp_path: Path) -> None:
    """`orderscope ingest` of a folder with an empty, a half, a packed and a mixed file stores what is good, and exits 1."""
    body, _ = batch_of("FILES")
    files = {
        "a-empty.json": b"",
        "b-half.json": b"[{",
        "c-cut.json.gz": gzip.compress(body)[:-20],
        "d-mixed.json": body,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "e-good.json").write_text(json.dumps(created("FILES-LAST")), encoding="utf-8")
    done = server.command("ingest", "--source", "erp.main", str(tmp_path), "--json")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    said = json.loads(done.stdout)
    assert (said["accepted"], said["rejected"]) == (8, 9)
    server.settled()
    assert server.get("/api/v1/orders", q="FILES-")["total"] == 8
