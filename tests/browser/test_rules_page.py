"""A rule written in a real browser: faults as one types, a trial with its bar, publishing, and back again."""

import re

from playwright.sync_api import Page, expect


def test_a_rule_is_changed_tried_and_published(page: Page) -> None:
    """A typo is named with its line while one types; mended and with a comment, the rule is published and says so."""
    page.goto("/rules/S02")
    expect(page.locator(".verdict .chip.ok").first).to_be_visible()
    box = page.get_by_label("The rule as YAML")
    text = box.input_value()
    box.fill(text.replace("severity: high", "severity: loud"))
    expect(page.locator("#rule-said")).to_contain_text(re.compile(r"line \d+.*severity"))
    expect(page.get_by_role("button", name="Publish")).to_be_disabled()
    expect(page.get_by_role("button", name="Try", exact=True)).to_be_disabled()
    box.fill(text.replace("severity: high", "severity: low").replace("version: 1", "version: 2"))
    expect(page.get_by_role("button", name="Try", exact=True)).to_be_enabled()
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator("#rule-trial")).to_contain_text("Would have raised")
    page.get_by_label("What changes and why").press_sequentially("Nobody minds")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("#rule-result")).to_contain_text("S02 is in force as version 2")
    expect(page.get_by_label("What changes and why")).to_have_value("")
    page.get_by_label("What changes and why").fill("They do")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator("#rule-result")).to_contain_text("the rule of the catalogue is in force again")
    page.goto("/rules/S02")
    expect(page.locator("#rule-history")).to_contain_text("They do")
    expect(page.locator("#rule-history")).to_contain_text("Nobody minds")


def test_lines_have_their_numbers(page: Page) -> None:
    """As many numbers as lines stand beside the text, also when lines are added, and both are equally high."""
    page.goto("/rules/new")
    box = page.get_by_label("The rule as YAML")
    expect(box).to_be_visible()
    box.fill("\n".join("abcdefghijklmnopqrstuvwxyz"))
    expect(page.locator("#rule-lines")).to_have_text("\n".join(str(n) for n in range(1, 27)))
    heights = page.evaluate(
        "[document.querySelector('#rule-lines').scrollHeight, document.querySelector('#rule-text').clientHeight,"
        " document.querySelector('#rule-text').scrollHeight]"
    )
    assert heights[2] <= heights[1] and heights[1] - heights[0] < 40


def test_the_list_of_rules_is_narrowed_down(page: Page) -> None:
    """Typing a code leaves the rules that have it; a click opens one."""
    page.goto("/rules")
    expect(page.locator("#rules-rows tbody tr").nth(3)).to_be_visible()
    page.get_by_label("Id, code, title or owner").fill("S06")
    expect(page.locator("#rules-rows tbody tr")).to_have_count(1)
    page.get_by_role("link", name=re.compile("^S06 ")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("S06")
