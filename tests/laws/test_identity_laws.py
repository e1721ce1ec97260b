"""Laws of identity, held by hundreds of adversarial key graphs: 25 worlds that share nothing make one example."""

from random import Random

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.laws.graphs import apart, galaxy, linked, said_in_turn
from tests.soak import examples

LAW = settings(
    max_examples=examples(4),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
seeds = st.integers(0, 2**32 - 1)


@LAW
@given(seed=seeds)
def test_identity_is_what_the_plain_model_says(seed: int) -> None:
    """Orders and hubs are those of the decisions, and no order holds two sales orders, whatever the events are."""
    events = galaxy(seed, people=False)
    orders, hubs = apart(events)
    found = linked(events).filter(part="node")
    told = {
        says.split(" ")[0]: (order, says.split(" ")[1]) for order, says in found.select("order", "says").iter_rows()
    }
    told = {key: place for key, place in told.items() if not key.startswith("tr:")}
    assert {key for key, (_, hub) in told.items() if hub != "0"} == hubs
    members: dict[str, set[str]] = {}
    for key, (order, hub) in told.items():
        if hub == "0":
            members.setdefault(order, set()).add(key)
    model: dict[frozenset[str], set[str]] = {}
    for key, part in orders.items():
        model.setdefault(part, set()).add(key)
    assert sorted(map(sorted, members.values())) == sorted(map(sorted, model.values()))
    assert all(sum(key.startswith("so:") for key in part) < 2 for part in model)


@LAW
@given(seed=seeds)
@example(seed=262)  # a number that had been parted was spoken of again: events that other numbers link name it too
def test_the_order_and_the_batches_of_arrival_change_no_link(seed: int) -> None:
    """Any permutation, cut anywhere, gives the orders, hubs and links of all at once: with numbers used again, numbers
    without issuers, and what people said of them, took back, or said before there was anything to say it of."""
    events, dice = galaxy(seed), Random(seed)
    shuffled = dice.sample(events, len(events))
    cuts = sorted(dice.randrange(len(events)) for _ in range(dice.choice((0, 2, 5, 12))))
    batches = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(events)], strict=True) if a < b]
    once, parts = linked(events), linked(*batches)
    wrong = once.join(parts, on=once.columns, how="anti"), parts.join(once, on=once.columns, how="anti")
    assert (wrong[0].rows()[:5], wrong[1].rows()[:5]) == ([], [])


@LAW
@given(seed=seeds)
@example(seed=282)  # a sales order was parted from itself and joined again: a number without an issuer stood for it
def test_what_people_say_afterwards_counts_as_if_it_had_been_known(seed: int) -> None:
    """Sales orders that people tie, part and untie one word after the other: numbers that several of them share become
    one order's and nobody's again, as if everything had been known at once."""
    batches = said_in_turn(seed)
    once, turns = linked([event for batch in batches for event in batch]), linked(*batches)
    wrong = once.join(turns, on=once.columns, how="anti"), turns.join(once, on=once.columns, how="anti")
    assert (wrong[0].rows()[:5], wrong[1].rows()[:5]) == ([], [])
