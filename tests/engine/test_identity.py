"""Identity: which keys are one order, worked out on small drawings of keys and ties."""

import polars as pl

from app.engine.identity import placed


def orders(*ties: str) -> dict[str, str]:
    """`"so:e:1-fo:n:1"` per tie; gives each key the smallest key of its order, or `hub`."""
    texts = sorted({key for tie in ties for key in tie.split("-")})
    number = {text: at for at, text in enumerate(texts)}
    ring = pl.DataFrame(
        [(number[t], t, t.split(":")[0], None, 0) for t in texts],
        schema={"key": pl.UInt64, "text": pl.String, "kind": pl.String, "order_no": pl.Int64, "hub": pl.UInt8}, orient="row",
    )  # fmt: skip
    pairs = [tuple(sorted(number[k] for k in tie.split("-"))) for tie in ties if "-" in tie]
    edges = pl.DataFrame(pairs, schema={"a": pl.UInt64, "b": pl.UInt64}, orient="row")
    found = placed(ring, edges, 1)
    first = dict(found.filter(pl.col("hub") == 0).group_by("order_no").agg(pl.col("text").min()).iter_rows())
    return {
        text: first[no] if not hub else "hub" for text, no, hub in found.select("text", "order_no", "hub").iter_rows()
    }


def test_keys_named_together_are_one_order() -> None:
    """A shop order, its sales order and its fulfillment order, told in two messages."""
    found = orders("ch:shop:W1-so:e:1", "fo:n:1-so:e:1")
    assert set(found.values()) == {"ch:shop:W1"}


def test_a_key_beside_two_sales_orders_is_a_hub() -> None:
    """One correlation id for a whole batch joins nothing."""
    found = orders("corr::B-so:e:1", "corr::B-so:e:2", "fo:n:1-so:e:1")
    assert found["corr::B"] == "hub"
    assert found["so:e:1"] == found["fo:n:1"] != found["so:e:2"]


def test_the_weakest_tie_between_two_sales_orders_is_cut() -> None:
    """Two orders whose fulfillment orders share a correlation id: the id goes, the fulfillment orders stay."""
    found = orders("so:e:1-fo:n:1", "fo:n:1-corr::B", "corr::B-fo:n:2", "fo:n:2-so:e:2")
    assert found["corr::B"] == "hub"
    assert found["fo:n:1"] == found["so:e:1"] != found["so:e:2"] == found["fo:n:2"]


def test_the_same_number_at_two_nodes_is_two_keys() -> None:
    """FO 4711-1 of the west and of the east are strangers."""
    found = orders("so:e:1-fo:west:9", "so:e:2-fo:east:9")
    assert found["fo:west:9"] != found["fo:east:9"]


def test_a_number_without_its_issuer_belongs_to_the_only_one_that_has_it() -> None:
    """The ERP repeats a shop number without the shop; a sales order comes once with and once without its entity."""
    found = orders("ch:shop:W1-crm:c:1", "ch::W1-so:DE01:7", "so:erp:7-fo:n:1")
    assert len(set(found.values())) == 1


def test_a_number_that_two_issuers_have_stands_alone() -> None:
    """W1 of two shops: the bare W1 is neither."""
    found = orders("ch:a:W1-so:e:1", "ch:b:W1-so:e:2", "ch::W1-crm:c:1")
    assert found["ch::W1"] == found["crm:c:1"]
    assert len({found["ch:a:W1"], found["ch:b:W1"], found["ch::W1"]}) == 3
