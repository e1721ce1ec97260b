"""The main job on the running product: what `make run` starts, worked by an owner in a real browser with two tabs."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.picture import demo

SEEN_WITHIN_MS = 5_000


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The running demo; gives the sign-in link of each role."""
    small = ("--orders", "80", "--days", "9", "--trouble", "1", "--rate", "0/min")
    with demo(tmp_path_factory.mktemp("demo"), *small) as found:
        yield found


def held(base: str, number: str) -> None:
    """An order comes into the running demo and is put on hold: from now on it is blocked, and new."""
    said = {"keys": {"so": number}, "customer": "C-1"}
    created = said | {"lines": [{"line": "1", "sku": "A-1", "qty": "10"}]}
    events = [
        {
            "specversion": "1.0",
            "id": f"{number}-{n}",
            "source": "erp.cloud",
            "type": kind,
            "time": time_ago(n),
            "data": data,
        }
        for n, kind, data in ((2, "order.created", created), (1, "order.hold_placed", said | {"hold_kind": "address"}))
    ]
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    assert httpx.post(f"{base}/api/v1/events", json=events, headers=headers).json()["accepted"] == 2


def time_ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def signed_in(browser: Browser, link: str, watched: Callable[[Page], Page]) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = watched(context.new_page())
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return context, page


def test_an_owner_takes_a_blocked_order(
    browser: Browser, links: dict[str, str], watched: Callable[[Page], Page]
) -> None:
    """The owner signs in, sees a blocked order, opens it, acknowledges it; a second tab sees that within 5 seconds."""
    held(links["owner"].split("/sign-in")[0], "SO-458001")
    context = browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=owner_state(browser, links))  # type: ignore[arg-type]
    page = watched(context.new_page())
    page.goto(links["owner"].split("/sign-in")[0] + "/blocked")
    order = page.locator(".ag-row a", has_text="458001").first
    expect(order).to_be_visible()
    number = order.inner_text().strip()
    second = watched(context.new_page())
    second.goto(page.url)
    row = second.locator(f".ag-row:has-text('{number}')").first
    expect(row).to_be_visible()
    status = second.locator(f".ag-row[row-id='{row.get_attribute('row-id')}']")
    expect(status.get_by_text("New").first).to_be_visible()
    order.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    buttons = page.get_by_role("button", name="Acknowledge", exact=True)  # one for each exception of the order
    expect(buttons.first).to_be_visible()
    while left := buttons.count():
        buttons.first.click()
        expect(buttons).not_to_have_count(left)  # folded ones go with theirs
        began = time.monotonic()
    expect(status.get_by_text("Acknowledged").first).to_be_visible(timeout=SEEN_WITHIN_MS)
    assert time.monotonic() - began < SEEN_WITHIN_MS / 1000
    expect(page.locator("#exceptions")).to_contain_text("ana · web")
    context.close()


def test_an_executive_may_look_but_not_act(
    browser: Browser, links: dict[str, str], watched: Callable[[Page], Page]
) -> None:
    """The SLAs with numerator and denominator are there; nothing on an order can be acknowledged."""
    context, page = signed_in(browser, links["executive"], watched)
    base = "//".join(page.url.split("/")[0:3:2])
    page.goto(base + "/slas")
    expect(page.get_by_text(re.compile(r"\d+ of \d+ met")).first).to_be_visible()
    page.goto(base + "/order/SO-450003")
    expect(page.get_by_role("heading", level=1)).to_contain_text("SO-450003")
    expect(page.locator("#exceptions")).to_be_visible()
    assert page.get_by_role("button", name="Acknowledge").count() == 0
    context.close()


def test_an_operations_manager_finds_an_order_by_its_tracking_number(
    browser: Browser, links: dict[str, str], watched: Callable[[Page], Page]
) -> None:
    """The search takes any key; a link that was used once signs nobody in again."""
    context, page = signed_in(browser, links["operations manager"], watched)
    search = page.get_by_role("textbox", name=re.compile("Order, PO"))
    search.fill("1Z0040000001")
    search.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("45[0-9]{4}"))
    stranger = browser.new_context()
    other = stranger.new_page()
    other.goto(links["operations manager"])
    expect(other.get_by_label("Password")).to_be_visible()
    stranger.close()
    context.close()


def test_an_owner_comments_from_the_drawer(
    browser: Browser, links: dict[str, str], watched: Callable[[Page], Page]
) -> None:
    """My exceptions: a row opens its drawer, and the dialogue of an action stands before it and can be used."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=owner_state(browser, links))  # type: ignore[arg-type]
    page = watched(context.new_page())
    page.goto(links["owner"].split("/sign-in")[0] + "/mine")
    page.locator(".ag-row[row-id] [col-id='customer']").first.click()  # a row that has arrived
    panel = page.get_by_role("dialog", name="Exception")
    panel.get_by_role("button", name="Comment").click()
    dialogue = page.get_by_role("dialog", name="Comment")
    dialogue.get_by_label("Words for the history").fill("Rang the warehouse; they look into it.")
    dialogue.get_by_role("button", name="Comment").click()
    expect(panel.get_by_text("Rang the warehouse; they look into it.")).to_be_visible()
    context.close()


def test_a_dead_letter_is_mended_and_replayed(
    browser: Browser, links: dict[str, str], watched: Callable[[Page], Page]
) -> None:
    """A quantity that is no number: its source shows it, the letter marks it; mended, tried and replayed, its order is there."""
    base = links["owner"].split("/sign-in")[0]
    bad = {
        "specversion": "1.0", "id": "story-1", "source": "erp.cloud", "type": "order.created",
        "data": {"keys": {"so": "SO-777001"}, "customer": "C-1", "lines": [{"line": "1", "sku": "A-1", "qty": "ten"}]},
    }  # fmt: skip
    answer = httpx.post(
        f"{base}/api/v1/events", json=[bad], headers={"Content-Type": "application/cloudevents-batch+json"}
    )
    assert answer.json()["rejected"][0]["reason"] == "bad_quantity"
    context = browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=owner_state(browser, links))  # type: ignore[arg-type]
    page = watched(context.new_page())
    page.goto(base + "/letters")
    page.locator("#letters-rows").get_by_role("link", name="Bad quantity").click()
    expect(page.locator("pre.raw mark")).to_have_text("ten")
    page.get_by_role("button", name="Mend the message itself").click()
    text = page.get_by_label("The message as it should be")
    expect(text).to_have_value(re.compile('"ten"'))
    text.fill(text.input_value().replace('"ten"', '"10"'))
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.locator("#letter-result")).to_contain_text("1 event would be made")
    expect(page.locator("#letter-state")).to_have_text("Waiting")
    page.get_by_label("Words for the history").fill("ten is 10")
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.locator("#letter-state")).to_have_text("Done")
    expect(page.locator("#history")).to_contain_text("ana")
    expect(page.locator("#history")).to_contain_text("ten is 10")
    deadline = time.monotonic() + 15
    while httpx.get(f"{base}/readyz").json()["lag_events"] and time.monotonic() < deadline:
        time.sleep(0.1)
    page.goto(base + "/order/SO-777001")
    expect(page.get_by_role("heading", level=1)).to_contain_text("SO-777001")
    page.goto(base + "/sources")
    expect(page.locator("#sources-body tr", has_text="erp.cloud ·")).to_contain_text("Live")
    context.close()


_KEPT: dict[str, object] = {}


def owner_state(browser: Browser, links: dict[str, str]) -> object:
    """The owner's session; their link works once, so it is kept."""
    if links["owner"] not in _KEPT:
        context = browser.new_context()
        page = context.new_page()
        page.goto(links["owner"])
        _KEPT[links["owner"]] = context.storage_state()
        context.close()
    return _KEPT[links["owner"]]
