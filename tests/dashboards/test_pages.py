"""Pages without a browser: what their functions say on the sample, who may see them, how the app is put together."""

import asyncio
import inspect
import re
from pathlib import Path
from typing import Any

import brotli
import dash
import httpx
import pytest
from dash import Dash
from fastapi import FastAPI

from app import clock
from app.cases import Identity
from app.errors import Ambiguous, NotFound
from dashboards import acting, context, guard, kpis, queue, shell, spending
from dashboards.context import Context
from dashboards.pages import PAGES, blocked, manual, mine, order, slas
from dashboards.static import Static
from tests.dashboards.sample import EXECUTIVE, OPERATIONS, sampled

BLOCK: dict[str, Any] = {"startRow": 0, "endRow": 100, "sortModel": [], "filterModel": {}}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Dash:
    server = FastAPI()
    made = shell.build(server, sampled(tmp_path_factory.mktemp("app")))
    asyncio.run(shell.warm(made))
    return made


def as_person(world: Context, who: Identity | None) -> None:
    context.use(Context(**{f: getattr(world, f) for f in Context.__slots__} | {"whoami": lambda: who}))


def words_of(piece: Any) -> str:
    """Every text on a piece of page, in order."""
    if isinstance(piece, list | tuple):
        return " ".join(words_of(p) for p in piece)
    return words_of(getattr(piece, "children", None) or []) if hasattr(piece, "to_plotly_json") else str(piece or "")


def test_every_callback_is_a_coroutine(app: Dash) -> None:
    """A plain function would run on the event loop and stop the intake while it waits for the store."""
    ours = {name: c["callback"] for name, c in app.callback_map.items() if "callback" in c}
    assert len(ours) > 15
    assert [n for n, f in ours.items() if not inspect.iscoroutinefunction(inspect.unwrap(f))] == []


def test_a_page_without_a_past_says_so(app: Dash) -> None:
    """Asked for another time it shows now and says that; orders and their lists show the time, and it is no news there."""
    pages = {page["path"]: page["layout"] for page in dash.page_registry.values() if page["path"]}
    asked = {
        path: words_of(asyncio.run(pages[path](as_of="2020-01-01T00:00:00Z"))) for path in ("/slas", "/sources", "/")
    }
    assert {path: "how things stand now" in said for path, said in asked.items()} == {
        "/slas": True, "/sources": True, "/": False,
    }  # fmt: skip
    assert "how things stand now" not in words_of(asyncio.run(pages["/slas"](sla="S06")))


def test_every_page_is_guarded_and_async(app: Dash) -> None:
    """Each layout has been through the guard, and each says who may see it."""
    import dash

    for page in dash.page_registry.values():
        assert inspect.iscoroutinefunction(page["supplied_layout"]), page["module"]
        assert page["roles"], page["module"]
        assert page["supplied_layout"].__wrapped__.__module__.startswith("dashboards.pages")
    assert len({p.__name__ for p in PAGES}) == len(PAGES)


def test_a_role_sees_its_pages_only(world: Context, app: Dash) -> None:
    """An executive has no list of own work, neither in the navigation nor by its address; nobody sees nothing."""
    assert "My exceptions" in str(shell.navigation(OPERATIONS))
    assert "My exceptions" not in str(shell.navigation(EXECUTIVE))
    as_person(world, EXECUTIVE)
    said = words_of(asyncio.run(guard.guard(guard.WORKING, mine.layout)()))
    assert "not for your role" in said
    as_person(world, None)
    assert "not signed in" in words_of(asyncio.run(guard.guard(guard.EVERYONE, blocked.layout)()))


def test_who_only_looks_cannot_act_whatever_the_browser_sends(world: Context) -> None:
    """The callback asks again: no change, and words that say why."""
    as_person(world, EXECUTIVE)
    row = blocked.rows(BLOCK, "all", {})[0][0]
    said, did = acting.done(row["case_id"], "acknowledge", row["version"])
    assert not did
    assert "not change it" in said[0]["message"]
    assert world.cases.one(row["case_id"])["status"] == "new"


def test_the_queue_pages_sorts_and_filters_on_the_server(world: Context) -> None:
    """Blocks do not overlap, all together are the total, filters narrow, unknown columns are left out."""
    first, total = blocked.rows(BLOCK | {"endRow": 50}, "all", {})
    second, _ = blocked.rows(BLOCK | {"startRow": 50, "endRow": 100}, "all", {})
    assert total == 160
    assert len(first) == len(second) == 50
    assert not {r["row_id"] for r in first} & {r["row_id"] for r in second}
    high, some = blocked.rows(BLOCK, "all", {"severity": ["high"]})
    assert 0 < some < total
    assert {r["severity"] for r in high} == {"high"}
    _, _, sort, filters = queue.asked_for({"sortModel": [{"colId": "1; drop", "sort": "asc"}, {"colId": "so", "sort": "desc"}], "filterModel": {"nope": {}}, "endRow": 10**9})  # fmt: skip
    assert (sort, filters) == ([("so", "desc")], {})
    assert queue.asked_for({"startRow": -5, "endRow": 10**9})[:2] == (0, queue.MOST)


def test_hostile_text_stays_text(world: Context) -> None:
    """A customer's name reaches the grid as the letters it has; the renderers never make HTML of a value."""
    names = {r["customer"] for r in blocked.rows(BLOCK | {"endRow": 160}, "all", {})[0]}
    assert {"<b>Bold & Sons</b>", '=HYPERLINK("http://x")'} <= names
    script = (Path(shell.__file__).parent / "assets" / "dashAgGridComponentFunctions.js").read_text()
    assert "innerHTML" not in script
    assert "dangerously" not in script


def test_an_empty_queue_says_what_that_means() -> None:
    """Nothing blocked is good news; nothing found is a hint to the filters."""
    assert "Nothing is blocked" in words_of(blocked.nothing("blocked", filtered=False))
    assert "filters" in words_of(blocked.nothing("blocked", filtered=True))


def test_acknowledging_what_somebody_else_has_changed(world: Context) -> None:
    """Two of three go through, the third is said to have changed, and is untouched."""
    rows = blocked.rows(BLOCK, "all", {})[0][:3]
    other = Identity("Bo", roles=frozenset({"operations"}))
    world.cases.act(rows[0]["case_id"], "assign", rows[0]["version"], other, owner="bo")
    said, did = acting.done_to_many(queue.chosen(rows))
    assert did
    assert "2 exceptions acknowledged" in said[0]["message"]
    assert "1 exception had changed" in said[0]["message"]
    assert world.cases.one(rows[0]["case_id"])["owner"] == "bo"


def test_all_matching_is_frozen_to_the_count_that_was_shown(world: Context) -> None:
    """Another count than the one confirmed: nothing is done. The same: exactly these are."""
    count = len(blocked.matching("late", {}, {}))
    frozen = {"view": "late", "where": {}, "grid": {}, "expected": count + 1}
    said, did = blocked.acknowledge_all(frozen)
    assert not did
    assert "Nothing was done" in said[0]["message"]
    assert len(blocked.matching("late", {}, {})) == count
    said, did = blocked.acknowledge_all(frozen | {"expected": count})
    assert did
    assert blocked.matching("late", {}, {}) == []
    assert blocked.matching("blocked", {}, {})


def test_a_stale_step_is_said_and_not_done(world: Context) -> None:
    """Version 1 was seen, version 2 stands."""
    row = blocked.rows(BLOCK, "all", {})[0][0]
    acting.done(row["case_id"], "assign", row["version"], owner="x")
    said, did = acting.done(row["case_id"], "start", row["version"])
    assert not did
    assert said[0]["title"] == "Changed since you read it"
    assert said[0]["autoClose"] is False


def test_resolving_with_words_keeps_both(world: Context) -> None:
    """The words become a comment, the reason the resolution."""
    row = blocked.rows(BLOCK, "all", {})[0][0]
    _, did = acting.done(
        row["case_id"], "resolve", row["version"], **acting.fields("resolve", " fine ", None, "accepted", None)
    )
    history = world.cases.one(row["case_id"])["history"]
    assert did
    assert [(m["action"], m["reason"]) for m in history[1:]] == [("comment", "fine"), ("resolve", "accepted")]


@pytest.mark.parametrize(
    ("action", "owner", "reason"), [("assign", " ", None), ("comment", None, None), ("resolve", None, None)]
)
def test_the_dialogue_asks_for_what_is_missing(action: str, owner: str | None, reason: str | None) -> None:
    """Nothing is sent that cannot be done."""
    with pytest.raises(ValueError, match=r"\w"):
        acting.fields(action, "", owner, reason, None)


def test_the_order_page_has_every_section(world: Context) -> None:
    """Journey, clocks, exceptions, views, lines, trace, events, links; the mark changes with an action."""
    seen = order.look("SO-4500037")
    said = words_of(order.body(seen, acts=True))
    for heading in (
        "Journey across systems",
        "Clocks",
        "Exceptions",
        "Views side by side",
        "Lines",
        "Trace",
        "Events",
        "Links",
    ):
        assert heading in said
    assert "ahead" in said
    assert "Warehouse acknowledgment overdue" in said
    assert "heard 14 min later" in said
    assert seen.main is not None
    acting.done(seen.main["id"], "acknowledge", seen.main["version"])
    assert order.look("SO-4500037").mark != seen.mark


def test_who_only_looks_gets_no_buttons(world: Context) -> None:
    """Without the right to act there is nothing to press."""
    assert "Reassign" not in words_of(order.body(order.look("SO-4500037"), acts=False))


def test_a_key_of_nothing_and_a_key_of_two() -> None:
    """A missing order says what to try, an ambiguous one offers the candidates."""
    assert "“x/y”" in words_of(order.unknown("x/y", NotFound("no")))
    two = [{"order_id": "ord_1", "so": "SO-1", "customer": "<b>"}, "ord_2"]
    listed = order.ambiguous(Ambiguous("'88' means more than 50 orders.", candidates=two))
    assert "more than 50 orders" in words_of(listed)
    assert "SO-1" in words_of(listed)
    assert "<b>" in words_of(listed)


def test_slas_show_numerator_and_denominator_and_why_not_rated(world: Context) -> None:
    """Every card has its two numbers or its reason; the partner table adds up to the card."""
    kept = slas.overview("30")
    said = words_of(slas.rings(kept, "S06"))
    assert re.search(r"[\d,]+ of [\d,]+ met", said)
    assert "no source reports invoices" in said
    assert "by the instant" in said
    one = next(k for k in kept if k.sla["id"] == "S06")
    partners, days, _cells = slas.detail("30", "S06")
    assert sum(p["met"] for p in partners) == sum(d["met"] for d in days) == one.total["met"]


def test_the_error_budget_is_shown_with_its_counts(world: Context) -> None:
    """What is left or too much, out of how many, and each window with its counts and its limit."""
    sla = next(s for s in world.slas() if s["id"] == "S06")
    spent = slas.budget(sla)
    assert spent is not None
    said = words_of(spending.spending("S06", spent))
    assert f"{spent['total']:,} judged, {spent['bad']:,} missed" in said
    assert "9 of 60" in said and "15.0 ×" in said and "14.0 ×" in said
    assert said.count("burning") == 1 and "slow: out of reach" in said and "24 min" in said
    assert len(spending.course(spent)) == 1 and spending.course(spent | {"burn_down": []}) == []
    left = words_of(spending.spending("S06", spent | {"left": 4.25, "remaining": 0.5, "status": "healthy"}))
    over = words_of(spending.spending("S06", spent | {"left": -2.0, "remaining": -0.2, "status": "violated"}))
    assert "4.2 misses left" in left and "2 more misses than the" in over
    rows = spending.partner_left(spent)
    assert set(rows) == {p["partner"] for p in spent["partners"]}
    assert "burning" in words_of(rows[spent["partners"][0]["partner"]])
    mended = {"partner": "", "begin": spent["from"], "end": spent["to"], "author": "kim", "approver": "alex", "reason": "Power cut."}  # fmt: skip
    assert (
        "Power cut. kim alex" in words_of(spending.left_out(sla | {"corrections": [mended]}))
        and spending.left_out(sla) == []
    )
    assert slas.budget(sla | {"objective": None}) is None and spending.partner_left(None) == {}


def test_mine_are_mine_new_first_then_due(world: Context) -> None:
    """Only cases of the person's teams; a new one stands before an acknowledged one that is due earlier."""
    found, total = mine.rows(BLOCK, "all", OPERATIONS)
    assert 0 < total < 160
    assert {r["owner"] for r in found} <= {"3pl-desk", "order-desk"}
    acting.done(found[0]["case_id"], "acknowledge", found[0]["version"])
    after, _ = mine.rows(BLOCK, "all", OPERATIONS)
    assert [r["status"] for r in after] == ["New"] * (total - 1) + ["Acknowledged"]
    assert "Raised" in words_of(mine.panel(found[0]["case_id"]))


def test_the_strip_counts_each_order_once_and_never_adds_currencies(world: Context) -> None:
    """What is pushed wins; several currencies are shown as the greatest and how many are apart."""
    board = world.board.frame()
    pushed = {"blocked": 3, "value_at_risk": [{"currency": "EUR", "value": "900"}, {"currency": "USD", "value": "5"}]}
    figures = kpis.strip(pushed, board)
    assert (figures["blocked"], figures["value_at_risk"], figures["currencies"]) == (3, "900", 2)
    assert "1 more currency apart" in words_of(kpis.tiles(figures))
    assert kpis.strip({}, board.clear())["unacknowledged"] == 0


def test_every_page_has_its_chapter() -> None:
    """The manual has a chapter per page, with text; every link of the header leads to one."""
    for topic in manual.CHAPTERS:
        assert len((manual.FOLDER / f"{topic}.md").read_text()) > 300
    script = (Path(shell.__file__).parent / "assets" / "orderscope.js").read_text()
    assert set(re.findall(r'(?:order|slas|mine|help): "([\w-]+)"', script)) <= set(manual.CHAPTERS)


def test_a_frozen_clock_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen of an --as-of server says which moment it shows."""
    from dashboards import live

    clock.freeze(clock.wall().replace(year=2018, month=6, day=1, hour=0, minute=0))
    try:
        assert live.frozen() == "2018-06-01 00:00"
    finally:
        clock.freeze(None)
    assert live.frozen() == ""


def test_a_deep_link_works_as_the_first_request(app: Dash) -> None:
    """The page router is there before anybody asked for `/`: the page is whole, says its language, asks nobody else."""

    async def ask() -> str:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app.server), base_url="http://x") as client:
            app.backend._setup_catchall()  # type: ignore[attr-defined]
            return (await client.get("/slas")).text

    page = asyncio.run(ask())
    assert '<html lang="en"' in page
    assert "_pages_dummy" in str(app.callback_map)
    assert 'href="/assets/favicon.svg"' in page
    assert not re.findall(r"(?:src|href)=\"https?://", page)


async def big(scope: Any, receive: Any, send: Any) -> None:
    """An app whose every answer is a large script, once; it counts how often it was asked."""
    scope["app_calls"].append(scope["path"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/javascript")]})
    await send({"type": "http.response.body", "body": b"var a = 1;\n" * 5000})


def test_static_files_are_packed_once_and_revalidated() -> None:
    """Brotli for who takes it, plain for who does not, 304 for who has it, the app asked a single time."""
    calls: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await big({**scope, "app_calls": calls}, receive, send)

    async def ask() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(Static(inner)), base_url="http://x") as client:
            packed = await client.get("/assets/a.js?m=1", headers={"accept-encoding": "br"})
            plain = await client.get("/assets/a.js?m=1", headers={"accept-encoding": "identity"})
            again = await client.get("/assets/a.js?m=1", headers={"if-none-match": packed.headers["etag"]})
            await client.get("/api/v1/orders")
        assert packed.headers["content-encoding"] == "br"
        assert int(packed.headers["content-length"]) < 500
        assert plain.text == packed.text
        assert "content-encoding" not in plain.headers
        assert again.status_code == 304
        assert "immutable" in packed.headers["cache-control"]

    asyncio.run(ask())
    assert calls == ["/assets/a.js", "/api/v1/orders"]
    assert brotli.decompress(brotli.compress(b"x")) == b"x"
