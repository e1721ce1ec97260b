"""Keys: the numbers by which systems name an order and what belongs to it.

A key is (type, issuer, normalised value), written `fo:3pl.west:4711-1`. The same value of another issuer is
another key. *Alias* keys merge records into one order, *relation* keys attach an object to orders, *context*
keys never link.
"""

import polars as pl

from app.model.endings import Endings, read_endings

#: Strongest first: these merge.
ALIAS = ("so", "fo", "xo", "ch", "crm", "corr")
#: These attach an object to one or many orders and carry the attachment on.
RELATION = ("sh", "pk", "tr", "pro", "sscc", "inv", "cm", "rma", "ticket")
#: These attach only while they belong to exactly one order: many orders share them by nature. The number of a message
#: attaches nothing but what is said of messages.
SHARED = ("cpo", "po", "asn", "rc", "bol", "ld", "trace", "msg")
#: These never link.
CONTEXT = ("cust",)
TYPES = ALIAS + RELATION + SHARED + CONTEXT
#: The source of what people say of identity, and that of what this product finds out about systems.
PEOPLE, PRODUCT = "people", "orderscope"

_ERP_SCOPED = ("so", "inv", "cm", "rma", "po", "cust")
_NODE_SCOPED = ("fo", "sh", "rc", "xo")
_GLOBAL = ("sscc", "bol", "trace", "corr", "ld")
#: ERP document numbers lose their padding; everything else keeps its zeros.
_UNPADDED = ("so", "fo", "inv", "cm", "rma", "po")
#: Systems that repeat a shop's number without being the shop.
_NOT_A_SHOP = "^(erp|erp_legacy|crm|edi|mw|3pl|wms|tms|carrier|sup|desk|fin)([.]|$)"
#: What a spreadsheet makes of a long number.
_DAMAGED = r"^[0-9](\.[0-9]+)?E\+[0-9]{1,2}$"
#: Control characters that are no space: nobody writes them, PostgreSQL refuses one of them, and screens hide all.
_CONTROLS = r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]"
_DASHES = "[\u2010-\u2015\u2212\u00ad]"


def normalised(value: pl.Expr, kind: pl.Expr) -> pl.Expr:
    """The value as it is compared: no control characters, NFKC, trimmed, one space, upper case, plain dashes, no ERP padding."""
    plain = (
        value.str.replace_all(_CONTROLS, "").str.normalize("NFKC").str.replace_all(_DASHES, "-")
        .str.replace_all(r"\s+", " ").str.strip_chars(" ").str.to_uppercase()
    )  # fmt: skip
    unpadded = pl.when(plain.str.contains("^0+[1-9]")).then(plain.str.strip_chars_start("0")).otherwise(plain)
    squeezed = plain.str.replace_all(" ", "")
    # An SSCC has 18 digits; the application identifier 00 before it is no part of it.
    package = squeezed.str.replace(r"^\(00\)", "").str.replace(r"^00(\d{18})$", "$1")
    return (
        pl.when(kind.is_in(_UNPADDED)).then(unpadded).when(kind.is_in(["tr", "pro"])).then(squeezed)
        .when(kind == "sscc").then(package)
        .when(kind.is_in(["trace"])).then(squeezed.str.to_lowercase()).otherwise(plain)
    )  # fmt: skip


def spoken(kind: str, value: str, node: str | None) -> str:
    """A key as a span names it: `type:value`, or `type@node:value` where nodes count by themselves and the span says which."""
    return f"{kind}@{node.replace(':', '%3A')}:{value}" if node and kind in _NODE_SCOPED else f"{kind}:{value}"


def normalised_list(keys: pl.Expr) -> pl.Expr:
    """Keys as spans name them in a list, each value normalised for its type."""
    part = pl.element().str.splitn(":", 2).struct
    kind = part.field("field_0").str.splitn("@", 2).struct.field("field_0")
    return keys.list.eval(
        pl.concat_str([part.field("field_0"), normalised(part.field("field_1"), kind)], separator=":")
    )


def default_issuer(kind: pl.Expr, scope: pl.Expr) -> pl.Expr:
    """Whose number it is when the message does not say (DECISIONS 1.1).

    Needs the columns source, entity, partner, carrier, customer, and `scope`: the ERP that the source speaks for,
    null when it was never declared.
    """
    source = pl.col("source")
    own_carrier = pl.when(source.str.starts_with("carrier.")).then(source.str.strip_prefix("carrier."))
    shop = pl.when(source.str.contains(_NOT_A_SHOP)).then(pl.lit("")).otherwise(source)
    return (
        pl.when(kind.is_in(_ERP_SCOPED)).then(pl.coalesce(scope, "entity", pl.lit("erp")))
        .when(kind.is_in(_NODE_SCOPED)).then(pl.coalesce("partner", "source"))
        .when(kind.is_in(["tr", "pro"])).then(pl.coalesce(pl.col("carrier").str.to_lowercase(), own_carrier, pl.lit("")))
        .when(kind == "cpo").then(pl.coalesce("customer", pl.lit("")))
        .when(kind == "ch").then(shop)
        .when(kind.is_in(_GLOBAL)).then(pl.lit("")).otherwise(source)
    )  # fmt: skip


def keyed(
    events: pl.DataFrame,
    mentions: pl.DataFrame,
    scopes: dict[str, str],
    on: tuple[str, ...] = ("item",),
    endings: Endings | None = None,
) -> pl.DataFrame:
    """The events with their column `keys`: sorted, distinct texts `type:issuer:value`.

    `scopes` gives the ERP that a declared source speaks for; `on` the columns by which a mention finds its event;
    `endings` what the ends of a partner's numbers mean.
    """
    if endings:
        events, mentions = read_endings(
            events, mentions.with_columns(value=normalised(pl.col("value"), pl.col("type"))), endings, on
        )
    context = events.select(*on, "source", "entity", "partner", "carrier", "customer")
    scope = pl.col("source").replace_strict(scopes, default=None, return_dtype=pl.String)
    kind = pl.col("type")
    issuer = pl.coalesce(pl.col("issuer"), default_issuer(kind, scope)).str.replace_all(_CONTROLS, "")
    issuer = issuer.str.replace_all(":", "%3A", literal=True)
    named = (
        mentions.lazy().join(context.lazy(), on=on, how="inner")
        .with_columns(value=normalised(pl.col("value"), kind), issuer=issuer)
        .filter(pl.col("value") != "").collect()
    )  # fmt: skip
    texts = (
        named.lazy().select(*on, key=pl.concat_str([kind, "issuer", "value"], separator=":"))
        .unique().sort(*on, "key").group_by(*on, maintain_order=True).agg(keys="key").collect()
    )  # fmt: skip
    return (
        _doubted(events, named, on)
        .join(texts, on=on, how="left", maintain_order="left")
        .with_columns(pl.col("keys").fill_null(pl.lit([], dtype=pl.List(pl.String))))
    )


def _doubted(events: pl.DataFrame, named: pl.DataFrame, on: tuple[str, ...]) -> pl.DataFrame:
    """The events, flagged where a number cannot be what was written: `check_digit` or `number_damaged`.

    The last digit of an SSCC follows from the others (mod 10, weights 3 and 1 from the right, GS1 General
    Specifications 7.9); a spreadsheet turns long numbers into `1.23457E+11`. Both are kept as they came.
    """
    damaged = pl.col("value").str.contains("E+", literal=True) & pl.col("value").str.contains(_DAMAGED)
    marks = pl.when(_misread()).then(pl.lit("check_digit")).when(damaged).then(pl.lit("number_damaged"))
    doubts = named.filter((pl.col("type") == "sscc") | damaged).select(*on, mark=marks).drop_nulls()
    if doubts.is_empty():
        return events
    marked = doubts.unique().sort("mark").group_by(*on).agg("mark")
    flags = pl.concat_list(pl.col("flags").fill_null([]), pl.col("mark").fill_null([]))
    return events.join(marked, on=on, how="left", maintain_order="left").with_columns(flags=flags).drop("mark")


def _misread() -> pl.Expr:
    """True for an SSCC of 18 digits whose last is not the one that follows from the others."""
    digits = [pl.col("value").str.slice(place, 1).cast(pl.Int32, strict=False) for place in range(18)]
    total = sum((digit * (1 if place % 2 else 3) for place, digit in enumerate(digits)), start=pl.lit(0))
    whole = (pl.col("type") == "sscc") & pl.col("value").str.contains("^[0-9]{18}$")
    return whole & (total % 10 != 0)


def parts(text: str) -> tuple[str, str, str]:
    """`fo:3pl.west:4711-1` -> ("fo", "3pl.west", "4711-1")."""
    kind, issuer, value = text.split(":", 2)
    return kind, issuer.replace("%3A", ":"), value
