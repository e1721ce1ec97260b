"""What an exception is called on a screen: as its rule says. A code without a rule is read out as it is written."""

from app.cases import codes


def title(code: str, cause: str | None = None) -> str:
    """The title of a case; a blocked order says by what, a budget that burns of which objective."""
    words = codes.now().titles.get(code) or code.replace("_", " ").capitalize()
    if code == "slo_burning" and cause:
        return f"{words}: {cause}"
    if code != "order_blocked" or not cause:
        return words
    kind, _, detail = cause.partition(":")
    return f"{words}: {detail.replace('_', ' ')} {kind}" if detail else f"{words}: {kind.replace('_', ' ')}"
