"""The pages of the product. Each is a module with `register()`; this tuple is the list of them."""

from types import ModuleType

from dashboards.pages import blocked, manual, mine, missing, order, slas

PAGES: tuple[ModuleType, ...] = (blocked, order, slas, mine, manual, missing)
