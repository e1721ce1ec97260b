"""The pages of the product. Each is a module with `register()`; this tuple is the list of them."""

from types import ModuleType

from dashboards.pages import (
    blocked,
    interfaces,
    inventory,
    letters,
    manual,
    mine,
    missing,
    order,
    purchases,
    rules,
    slas,
    sources,
    states,
    unmatched,
)

PAGES: tuple[ModuleType, ...] = (
    blocked,
    order,
    slas,
    mine,
    inventory,
    purchases,
    unmatched,
    sources,
    letters,
    interfaces,
    states,
    rules,
    manual,
    missing,
)
