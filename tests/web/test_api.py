"""The calls of the API: shapes, versions, lists, problem documents."""

import csv
import io
import json

import pytest

from app.web.answers import neutral
from tests.web.site import Site

pytestmark = pytest.mark.anyio
_FIELDS = """id code title severity status subject order partner interface owner team opened_at condition confidence
reopened previous folded_under detected_at due_at acknowledged_at cleared_at cleared_by value_at_risk currency evidence
parent version rule rule_version runbook"""
CASE_FIELDS = set(_FIELDS.split())


async def test_a_case_has_exactly_the_fields_of_the_contract(web: Site) -> None:
    """In lists and in answers to actions; one alone adds its history and similar ones, and carries its version."""
    case = web.case()
    async with web.person("kim") as kim:
        assert set((await kim.get("/api/v1/exceptions")).json()["items"][0]) == CASE_FIELDS
        one = await kim.get(f"/api/v1/exceptions/{case['id']}")
        assert set(one.json()) >= CASE_FIELDS | {"history", "similar"} and one.headers["etag"] == '"1"'
        assert one.json()["opened_at"] == "2026-11-02T09:01:00Z" and one.json()["history"][0]["action"] == "raise"
        answer = await kim.post(f"/api/v1/exceptions/{case['id']}/acknowledge", headers={"if-match": "1"})
        assert set(answer.json()) == CASE_FIELDS and answer.headers["etag"] == '"2"'


async def test_a_change_needs_the_version_that_was_seen(web: Site) -> None:
    """Missing 428, nonsense 400, stale 412 with the case as it is, right 200, the same again 200 and one Move."""
    case = web.case()
    path = f"/api/v1/exceptions/{case['id']}/acknowledge"
    async with web.person("kim") as kim, web.person("lee") as lee:
        assert (await kim.post(path)).status_code == 428
        assert (await kim.post(path, headers={"if-match": "*"})).status_code == 400
        assert (await kim.post(path, headers={"if-match": '"7"'})).status_code == 412
        for form in ('"1"', "1", 'W/"1"'):
            assert (await kim.post(path, headers={"if-match": form})).json()["version"] == 2
        late = await lee.post(path, headers={"if-match": '"1"'})
        assert late.status_code == 412 and late.json()["case"]["status"] == "acknowledged"
    assert [m["action"] for m in web.cases.one(case["id"])["history"]] == ["raise", "acknowledge"]


async def test_failures_are_problem_documents(web: Site) -> None:
    """Each says what is wrong and how to put it right; what was sent is not echoed."""
    case = web.case()
    match = {"if-match": '"1"'}
    async with web.person("kim") as kim:
        for answer, status in (
            (await kim.get("/api/v1/exceptions/exc_nothing"), 404),
            (await kim.get("/api/v1/exceptions?colour=red"), 422),
            (await kim.get("/api/v1/exceptions?limit=1001"), 422),
            (await kim.get("/api/v1/exceptions?sort=1;drop"), 400),
            (await kim.get("/api/v1/orders?cursor=zzz"), 400),
            (await kim.get("/api/v1/orders/4712"), 404),
            (await kim.get("/api/v1/slas/S99"), 404),
            (await kim.post(f"/api/v1/exceptions/{case['id']}/explode", headers=match), 422),
            (await kim.post(f"/api/v1/exceptions/{case['id']}/start", headers=match), 422),
            (await kim.post(f"/api/v1/exceptions/{case['id']}/comment", headers=match, json={"x": "<b>"}), 422),
            (await kim.post(f"/api/v1/exceptions/{case['id']}/comment", headers=match, content=b"{" * 1000), 422),
        ):
            assert answer.status_code == status, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert {"type", "title", "status", "detail"} <= set(answer.json()) and "<b>" not in answer.text


async def test_many_at_once_over_the_api(web: Site) -> None:
    """By ids, by items with versions, by filter with the number seen; a dry run changes nothing."""
    web.case(1), web.case(2, subject="fo:b"), web.case(3, subject="fo:c")
    rows = web.cases.list({})[0]
    async with web.person("kim") as kim:
        path = "/api/v1/exceptions/bulk"
        dry = (await kim.post(path, json={"action": "acknowledge", "ids": [rows[0]["id"]], "dry_run": True})).json()
        assert (dry["done"], dry["dry_run"]) == (1, True) and web.cases.counts() == {"new": 3}
        items = [{"id": rows[0]["id"], "version": 1}, {"id": rows[1]["id"], "version": 9}]
        told = (await kim.post(path, json={"action": "acknowledge", "items": items})).json()
        assert (told["done"], told["failed"], [i["ok"] for i in told["items"]]) == (1, 1, [True, False])
        wrong = await kim.post(path, json={"action": "acknowledge", "filter": {"status": "new"}, "expected": 3})
        assert wrong.status_code == 412 and wrong.json()["found"] == 2
        right = await kim.post(path, json={"action": "acknowledge", "filter": {"status": "new"}, "expected": 2})
        assert right.json()["done"] == 2 and web.cases.counts() == {"acknowledged": 3}
        for bad in ({"action": "acknowledge"}, {"action": "acknowledge", "filter": {}}):
            assert (await kim.post(path, json=bad)).status_code == 400


async def test_owner_me_means_every_name_of_mine(web: Site) -> None:
    """Lee answers for the desk of 3pl.west."""
    web.case(1)
    web.case(2, subject="fo:b", owner="credit")
    async with web.person("lee") as lee:
        assert (await lee.get("/api/v1/exceptions?owner=me")).json()["total"] == 1
        assert (await lee.get("/api/v1/exceptions?folded=true")).json()["total"] == 2


async def test_lists_say_items_next_and_total(web: Site) -> None:
    """Orders, SLAs and dead letters have the shape of every list; figures say how fresh they are."""
    async with web.person("eve") as eve:
        for path in ("orders", "slas", "dead-letters", "exceptions"):
            said = (await eve.get(f"/api/v1/{path}")).json()
            assert isinstance(said["items"], list) and said["next"] is None and isinstance(said["total"], int)
        for path in ("orders", "slas", "kpis"):
            assert isinstance((await eve.get(f"/api/v1/{path}")).json()["freshness"], list)


async def test_a_spreadsheet_runs_nothing(web: Site) -> None:
    """A customer called like a formula comes out as text, quoted, in every column where it may stand."""
    web.case(1, customer='=HYPERLINK("http://evil","x")', partner="+1", owner="@SUM(A1)")
    async with web.person("eve") as eve:
        answer = await eve.get("/api/v1/exceptions.csv")
        assert answer.headers["content-type"].startswith("text/csv")
        assert "attachment" in answer.headers["content-disposition"]
        (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
        assert row["customer"] == '\'=HYPERLINK("http://evil","x")'
        assert (row["partner"], row["owner"]) == ("'+1", "'@SUM(A1)")
        assert row["due_at"] == "2026-11-02T09:00:00Z"
        assert (await eve.get("/api/v1/exceptions.csv?grid=[1]")).status_code == 400
        grid = json.dumps({"customer": {"filterType": "text", "type": "contains", "filter": "nothing"}})
        assert len((await eve.get("/api/v1/exceptions.csv", params={"grid": grid})).text.splitlines()) == 1
        assert (await eve.get("/api/v1/orders.csv")).status_code == 200


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1"])
async def test_each_way_to_begin_a_formula_is_neutral(text: str) -> None:
    """OWASP's list, and blanks before it."""
    assert neutral(text) == "'" + text and neutral("plain = text") == "plain = text"


async def test_the_description_is_served_and_complete(web: Site) -> None:
    """OpenAPI behind the sign-in, with every call that the pages use."""
    async with web.person("eve") as eve:
        paths = (await eve.get("/api/openapi.json")).json()["paths"]
    wanted = {
        "/api/v1/exceptions", "/api/v1/exceptions/{case_id}", "/api/v1/exceptions/{case_id}/{action}",
        "/api/v1/exceptions/bulk", "/api/v1/orders", "/api/v1/orders/{key}", "/api/v1/orders/{key}/timeline",
        "/api/v1/orders/{key}/links", "/api/v1/orders/{key}/traces", "/api/v1/slas", "/api/v1/slas/{sla}",
        "/api/v1/kpis", "/api/v1/dead-letters", "/api/v1/inbound/{source}", "/healthz", "/readyz", "/metrics",
    }  # fmt: skip
    assert wanted <= set(paths)


_TIMES = ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-10:00")


@pytest.mark.parametrize("at", _TIMES)
async def test_a_time_beyond_all_clocks_is_the_senders_fault(web: Site, at: str) -> None:
    """Wherever a time may be given: refused or answered, never a failure of ours."""
    case, said = web.case(), []
    async with web.person("kim") as kim:
        for path in ("kpis", "dead-letters", "sources", "interfaces", "interfaces/x", "slas/S02", "slas/S27"):
            said += [(path, name, await kim.get(f"/api/v1/{path}", params={name: at})) for name in ("from", "to")]
        for name in ("as_of", "known_at"):
            said.append(("orders", name, await kim.get("/api/v1/orders", params={name: at})))
        replay = {"from": at, "dry_run": True}
        said.append(("replay", "from", await kim.post("/api/v1/dead-letters/replay", json=replay)))
        address = f"/api/v1/exceptions/{case['id']}"
        said += [
            (act, "until", await kim.post(f"{address}/{act}", headers={"if-match": "1"}, json={"until": at, "on": "x"}))
            for act in ("snooze", "wait")
        ]
    assert [(path, name, one.status_code) for path, name, one in said if one.status_code >= 500] == []
    if at in (_TIMES[0], _TIMES[3]):
        assert {one.status_code for path, name, one in said} == {400}


@pytest.mark.parametrize(
    "grid",
    [
        {"severity": {"conditions": ["x"]}}, {"severity": {"conditions": 1}}, {"severity": 1}, {"colour": {"type": "blank"}},
        {"value": {"type": "equals", "filterType": "number", "filter": "abc"}}, {"value": {"type": "inRange", "filter": 1}},
        {"value": {"type": "equals", "filterType": "number"}}, {"value": {"type": "lessThan", "filter": [1]}},
        {"due_at": {"type": "equals", "filterType": "date", "dateFrom": "soon"}}, {"so": {"type": "sounds like", "filter": "x"}},
        {"due_at": {"type": "equals", "filterType": "date", "dateFrom": "0001-01-01T00:00:00+14:00"}},
    ],
)  # fmt: skip
async def test_a_filter_that_is_none_is_refused_before_the_first_byte(web: Site, grid: dict[str, object]) -> None:
    """Never the head of a table that then breaks off."""
    async with web.person("eve") as eve:
        answer = await eve.get("/api/v1/exceptions.csv", params={"grid": json.dumps(grid)})
    assert answer.status_code == 400 and answer.json()["mend"]


@pytest.mark.parametrize(
    "said",
    [
        {"filterType": "number", "type": "inRange", "filter": 40, "filterTo": 41},
        {"filterType": "number", "operator": "OR", "conditions": [{"filterType": "number", "type": "lessThan", "filter": 1}, {"filterType": "number", "type": "equals", "filter": "41"}]},
        {"type": "notBlank"},
    ],
)  # fmt: skip
async def test_a_filter_of_the_grid_chooses_rows(web: Site, said: dict[str, object]) -> None:
    """A condition on a value and one on a date, for a spreadsheet."""
    web.case()
    due = {"filterType": "date", "type": "greaterThan", "dateFrom": "2026-11-01 00:00:00"}
    async with web.person("eve") as eve:
        answer = await eve.get("/api/v1/exceptions.csv", params={"grid": json.dumps({"value": said, "due_at": due})})
    assert answer.status_code == 200 and len(answer.text.splitlines()) == 2


@pytest.mark.parametrize(
    "path", ["orders", "orders.csv", "exceptions", "exceptions.csv", "inventory", "purchase-orders"]
)
async def test_nothing_is_sorted_by_a_column_that_is_none(web: Site, path: str) -> None:
    """It is refused by its name."""
    async with web.person("eve") as eve:
        answer = await eve.get(f"/api/v1/{path}?sort=-nonsense")
    assert answer.status_code == 400 and "`nonsense`" in answer.json()["detail"]
