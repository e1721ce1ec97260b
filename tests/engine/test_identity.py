"""Identity: which keys are one order, worked out on small drawings of keys and ties."""

import polars as pl

from app.engine.identity import placed


def orders(*ties: str, said: tuple[str, ...] = (), parted: str = "") -> dict[str, str]:
    """`"so:e:1-fo:n:1"` per tie of an event or a person; gives each key the smallest key of its order, or `hub`."""
    texts = sorted({key for tie in (*ties, *said) for key in tie.split("-")})
    number = {text: at for at, text in enumerate(texts)}
    rows = [(number[t], t, t.split(":")[0], None, 0, number[t], 1, t == parted, False) for t in texts]
    ring = pl.DataFrame(
        rows, orient="row", schema={
            "key": pl.UInt64, "text": pl.String, "kind": pl.String, "order_no": pl.Int64, "hub": pl.UInt8,
            "meant": pl.UInt64, "seq": pl.Int64, "parted": pl.Boolean, "reset": pl.Boolean,
        },
    )  # fmt: skip
    pairs = [(*sorted(number[k] for k in tie.split("-")), tie in said) for tie in (*ties, *said) if "-" in tie]
    edges = pl.DataFrame(pairs, schema={"a": pl.UInt64, "b": pl.UInt64, "said": pl.Boolean}, orient="row")
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


def test_what_a_person_ties_holds_against_what_messages_say() -> None:
    """A fulfillment order named beside A was tied to B by a person: it is B's, and no hub."""
    found = orders("so:e:A-fo:n:1", "so:e:B-crm:c:1", said=("fo:n:1-so:e:B",))
    assert found["fo:n:1"] == found["so:e:B"] != found["so:e:A"]


def test_a_parted_key_joins_nothing_but_what_a_person_tied_it_to() -> None:
    """A correlation id is parted from everything; another is parted and tied to B."""
    assert orders("so:e:A-corr::1", parted="corr::1")["corr::1"] == "hub"
    found = orders("so:e:A-corr::1", "so:e:B-ch:s:1", said=("corr::1-so:e:B",), parted="corr::1")
    assert found["corr::1"] == found["so:e:B"] != found["so:e:A"]


def test_two_sales_orders_are_one_when_a_person_says_so() -> None:
    """Then what is named beside both is no hub; a third sales order stays apart."""
    found = orders("so:e:A-fo:n:1", "so:e:B-fo:n:1", "so:e:B-corr::1", "corr::1-so:e:C", said=("so:e:A-so:e:B",))
    assert found["fo:n:1"] == found["so:e:A"] == found["so:e:B"] != found["so:e:C"]
    assert found["corr::1"] == "hub"
