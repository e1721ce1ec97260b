"""The pages in a real browser: they load clean, fit a phone, work by keyboard, and one tab sees what another did."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

#: page -> what stands on it when it is ready
PAGES = {
    "/": ".ag-row a",
    "/order/SO-4500037": "#journey .js-plotly-plot .main-svg",
    "/slas": ".js-plotly-plot .heatmaplayer, .ring",
    "/mine": ".ag-row a",
    "/order/SO-4500037?as_of=2099-01-01": ".empty",
    "/inventory": "#inventory-rows td",
    "/purchases": "#purchases-rows td a",
    "/purchases/PO-7006": ".steps li",
    "/unmatched": "#unmatched-rows td",
    "/sources": "#sources-body td",
    "/letters": "#letters-rows td",
    "/letters/dl_1_0": "pre.raw mark",
    "/interfaces": "#interfaces-body td",
    "/states": "#stages td",
    "/rules": "#rules-rows td",
    "/rules/S06": ".verdict .chip",
    "/rules/new": ".verdict .chip",
    "/help/blocked": ".prose h1",
    "/help/events": ".prose table",
    "/order/nothing-like-it": ".empty",
    "/no/such/page": "h1",
}


@pytest.mark.parametrize("path", PAGES)
def test_every_page_loads_and_fits(page: Page, path: str) -> None:
    """As a fresh deep link: no error, nothing from outside, one first heading, no sideways scroll."""
    page.goto(path)
    expect(page.locator(PAGES[path]).first).to_be_visible()
    expect(page.locator("h1:visible")).to_have_count(1 if not path.startswith("/help") else 2)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(page).to_have_title(re.compile("Orderscope$"))
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("path", PAGES)
def test_every_page_fits_a_phone(phone: Page, path: str) -> None:
    """At 390 pixels the page itself does not scroll sideways."""
    phone.goto(path)
    expect(phone.locator(PAGES[path]).first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_burger_opens_the_pages_on_a_phone(phone: Page) -> None:
    """Navigation is behind the burger, and closes when a page was chosen."""
    phone.goto("/")
    expect(phone.locator(".ag-row a").first).to_be_visible()
    phone.get_by_label("Menu", exact=True).click()
    phone.get_by_role("link", name="SLAs").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("SLAs")
    expect(phone.get_by_role("link", name="My exceptions")).not_to_be_in_viewport()


def test_dark_and_light(page: Page) -> None:
    """The toggle changes the scheme, and it stays after a reload without a flash of the other one."""
    page.goto("/")
    expect(page.locator(".ag-row a").first).to_be_visible()
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_label("Light or dark").click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


def test_hostile_names_are_text(page: Page) -> None:
    """A customer called <b>… or =HYPERLINK… is shown letter by letter, in the grid and on the order's page."""
    page.goto("/")
    cell = page.locator(".ag-row", has_text="<b>Bold & Sons</b>").first
    expect(cell).to_be_visible()
    assert page.locator(".ag-row b").count() == 0
    cell.locator("[col-id='customer']").click()
    page.keyboard.press("Enter")
    expect(page.get_by_text("<b>Bold & Sons</b>").first).to_be_visible()
    assert page.locator("main b").count() == 0


def test_the_grid_by_keyboard(page: Page) -> None:
    """Space selects, the button counts, Enter opens the order."""
    page.goto("/")
    first = page.locator(".ag-center-cols-container .ag-row[row-index='0'][row-id] [col-id='severity']")
    first.click()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Acknowledge 1")).to_be_enabled()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/order/SO-"))
    expect(page.locator("#journey .js-plotly-plot .main-svg").first).to_be_visible()


def test_search_finds_by_any_key_and_asks_when_it_means_two(page: Page) -> None:
    """An order number opens its order, a PO of two orders a list to choose from."""
    page.goto("/")
    page.get_by_placeholder("Order, PO, tracking").first.fill("SO-4500037")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("SO-4500037")
    page.get_by_placeholder("Order, PO, tracking").first.fill("88-20001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("More than one match")
    page.locator(".candidates a").first.click()
    expect(page.locator("#journey")).to_be_visible()


def test_an_acknowledgment_reaches_a_second_tab(
    page: Page, context: BrowserContext, watched: Callable[[Page], Page]
) -> None:
    """One tab acknowledges; within five seconds another shows it, its own selection and place untouched."""
    page.goto("/")
    other = watched(context.new_page())
    other.goto("/")
    rows = ".ag-center-cols-container .ag-row[row-index='{}'] [col-id='{}']"
    other.locator(rows.format(3, "severity")).click()
    other.keyboard.press("Space")
    expect(other.get_by_role("button", name="Acknowledge 1")).to_be_enabled()
    page.bring_to_front()
    page.locator(rows.format(1, "severity")).click()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Acknowledge 1").click()
    expect(page.get_by_text("1 exception acknowledged.")).to_be_visible()
    expect(page.locator(rows.format(1, "status"))).to_have_text("Acknowledged")
    other.bring_to_front()
    expect(other.locator(rows.format(1, "status"))).to_have_text("Acknowledged", timeout=5000)
    expect(other.get_by_role("button", name="Acknowledge 1")).to_be_enabled()


def test_everything_that_matches_in_one_go(page: Page) -> None:
    """The dialogue says how many; all of these are acknowledged, and no more."""
    page.goto("/")
    page.get_by_text("Late", exact=True).click()
    expect(page.locator("#queue-count")).to_contain_text("23 exceptions")
    page.get_by_role("button", name="Acknowledge all matching…").click()
    expect(page.locator("#all-text")).to_contain_text("23 new exceptions match")
    page.get_by_role("button", name="Acknowledge all", exact=True).click()
    expect(page.get_by_text("23 exceptions acknowledged.")).to_be_visible()


def test_an_order_is_acknowledged_resolved_and_its_history_grows(page: Page) -> None:
    """On the order's page: acknowledge on top, then resolve with a reason; the history has both."""
    page.goto("/order/SO-4500370")
    head = page.locator(".page-head")
    head.get_by_role("button", name="Acknowledge").click()
    expect(head.locator(".chip", has_text="Acknowledged")).to_be_visible()
    page.locator("#exceptions").get_by_role("button", name="Resolve").click()
    page.locator("#act-text").fill("agreed with the customer")
    page.locator("#act-go").click()
    expect(page.locator("#exceptions .moves")).to_contain_text("Resolved")
    expect(page.locator("#exceptions .moves")).to_contain_text("agreed with the customer")


def test_my_exceptions_open_beside_the_list(page: Page) -> None:
    """A row opens its case with history and buttons; the check mark acknowledges without opening."""
    page.goto("/mine")
    row = ".ag-center-cols-container .ag-row[row-index='{}']"
    page.locator(row.format(0)).locator("[col-id='severity']").click()
    expect(page.locator("#panel-content .moves")).to_contain_text("Raised")
    page.keyboard.press("Escape")
    expect(page.locator("#panel-content")).to_be_hidden()
    page.locator(".ag-pinned-right-cols-container .ag-row[row-index='0']").get_by_role("button").click()
    expect(page.get_by_text("Acknowledged:")).to_be_visible()


def test_an_sla_is_chosen_and_a_period(page: Page) -> None:
    """A card shows its days below; a period counts again; nothing fell due is said, not drawn."""
    page.goto("/slas")
    expect(page.locator("#sla-detail")).to_contain_text("Trend per day")
    page.get_by_role("button", name="S17").click()
    expect(page.locator("#sla-detail")).to_contain_text("S17 CRM update")
    month = page.get_by_role("button", name="S17").inner_text()
    page.get_by_text("7 d", exact=True).click()
    expect(page.get_by_role("button", name="S17")).not_to_have_text(month)
    expect(page.locator("#sla-detail[data-dash-is-loading]")).to_have_count(0)
    page.get_by_role("button", name="S20").click()
    expect(page.locator("#sla-detail")).to_contain_text("no source reports invoices")


def test_an_unmatched_event_is_linked_with_a_reason(page: Page) -> None:
    """The guess is filled in; without a reason nothing happens; with one it is done and said."""
    page.goto("/unmatched")
    page.locator("#unmatched-rows").get_by_role("button", name=re.compile("Link Shipment in transit")).click()
    expect(page.locator("#tie-order")).to_have_value("SO-4500037")
    page.locator("#tie-go").click()
    expect(page.locator("#tie-fault")).to_contain_text("needs a reason")
    page.locator("#tie-reason").fill("the driver rang")
    page.locator("#tie-go").click()
    expect(page.get_by_text("Linked. The order is being worked out again.")).to_be_visible()
    expect(page.locator("#tie-modal")).to_be_hidden()


def test_an_event_is_removed_from_an_order_and_one_is_added(page: Page) -> None:
    """Not here asks why; Link an event offers those that wait."""
    page.goto("/order/SO-4500037")
    links = page.locator("#links")
    links.get_by_role("button", name=re.compile("does not belong here")).first.click()
    dialogue = page.get_by_role("dialog", name="This event does not belong here")
    dialogue.get_by_role("button", name="Cancel").click()
    expect(dialogue).to_be_hidden()
    links.get_by_role("button", name="Link an event").click()
    page.get_by_role("textbox", name="Event").click()
    expect(page.get_by_role("option")).to_have_count(3)
    page.get_by_role("option").first.click()
    page.locator("#tie-reason").fill("same pallet")
    page.locator("#tie-go").click()
    expect(page.get_by_text("Linked. The order is being worked out again.")).to_be_visible()


def test_an_order_is_shown_at_another_time_and_back(page: Page) -> None:
    """A quick choice goes into the address; the banner says so, no button changes anything; back is one click."""
    page.goto("/order/SO-4500037")
    page.get_by_role("button", name="As of…").click()
    page.get_by_text("What we knew").click()
    expect(page.locator("#order-time-said")).to_contain_text("what people could see")
    page.get_by_role("button", name="1 hour ago").click()
    expect(page).to_have_url(re.compile(r"known_at=\d{4}-\d\d-\d\dT"))
    expect(page.get_by_text("You are looking at what was known at")).to_be_visible()
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    page.get_by_role("link", name="Back to now").click()
    expect(page).to_have_url(re.compile(r"/order/SO-4500037\??$"))
    expect(page.get_by_text("You are looking at")).to_have_count(0)


def test_a_list_at_another_time_is_made_and_then_shown(page: Page) -> None:
    """The page says how far it has come and fills by itself; its links keep the time."""
    page.goto("/?as_of=2026-01-01T00:00:00Z")
    link = page.locator(".ag-row a").first
    expect(link).to_be_visible()
    assert "as_of=2026-01-01" in (link.get_attribute("href") or "")
    expect(page.get_by_role("button", name="Acknowledge selected")).to_have_count(0)
    expect(page.locator("#queue-kpis")).not_to_contain_text("…")


def test_views_of_orders(page: Page) -> None:
    """Disagree lists orders; filters that cannot narrow them are not offered; nothing silent is good news."""
    page.goto("/")
    page.get_by_text("Disagree", exact=True).click()
    expect(page.locator("#queue-count")).to_contain_text("60 orders")
    expect(page.locator("#queue-severity")).to_be_hidden()
    page.get_by_text("Silent", exact=True).click()
    expect(page.locator("#queue-empty")).to_contain_text("Nothing is silent")
    page.locator(".filters").get_by_text("Blocked", exact=True).click()
    expect(page.locator("#queue-severity")).to_be_visible()


def test_the_list_of_states_is_searched(page: Page) -> None:
    """Several words narrow it, a card without a row goes, nothing found is said."""
    page.goto("/states")
    box = page.get_by_role("textbox", name="Search this list")
    box.fill("carrier shipment")
    expect(page.locator("#stages")).to_be_hidden()
    expect(page.locator("#states-count")).to_contain_text("entries")
    box.fill("no such words")
    expect(page.locator("#states-count")).to_have_text("Nothing holds these words")


def test_inventory_is_narrowed_and_paged(page: Page) -> None:
    """Only what differs, by place, and the second page of all."""
    page.goto("/inventory")
    expect(page.locator("#inventory-count")).to_have_text("130 positions")
    page.get_by_role("button", name="6", exact=True).click()
    expect(page.locator("#inventory-rows tbody tr")).to_have_count(5)
    page.locator(".filters").get_by_text("Differ", exact=True).click()
    expect(page.locator("#inventory-rows tbody tr.off").first).to_be_visible()
    expect(page.locator("#inventory-count")).not_to_have_text("130 positions")
    expect(page.locator("#drift .js-plotly-plot .main-svg").first).to_be_visible()
