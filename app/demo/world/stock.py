"""What lies in the warehouses: a count each morning, the ERP's books beside it, and what can be wrong with either."""

from datetime import timedelta

from app.demo.world.company import MAIN, SKUS, SOUTH, WEST, Node
from app.demo.world.erp import Process
from app.demo.world.hours import DAY, HOUR, MINUTE
from app.demo.world.order import Fact, Line
from app.demo.world.stage import Expected, Stage

BOOKS = "erp.cloud"
#: Pieces of each article at the beginning, and for each order that will come: nothing is bought for these shelves.
_FULL, _EACH = 40_000, 12
#: How long a daily count stands for what lies there.
_LASTS = 26 * HOUR


def counting(stage: Stage, node: Node) -> Process:
    """Each morning at four the node counts; the ERP says what its books held at that moment."""
    full = max(_FULL, _EACH * stage.size)
    held = {sku.code: full + stage.between(0, 900) for sku in SKUS}
    morning, day = 0, node.hours.local(stage.now).date()
    while True:
        day += timedelta(days=1)
        yield stage.until(node.hours.at(day, 4 * HOUR))
        morning += 1
        _leave(stage, node, held)
        yield from morning_count(stage, node, held, _trouble(stage, node, morning))


def _leave(stage: Stage, node: Node, held: dict[str, int]) -> None:
    """What has left since the morning before is not there any more."""
    for fact in stage.facts[stage.counted.get(node.code, 0) :]:
        if fact.source == node.code and fact.type == "shipment.dispatched":
            for line in fact.lines:
                held[line.sku] -= line.qty
    stage.counted[node.code] = len(stage.facts)


#: (node, morning) -> what is wrong that day: late, partial, a negative count, books that drifted, promises too high.
_SCHEDULE = {
    ("3pl.west", 2): "F25", ("3pl.west", 3): "F25", ("3pl.west", 5): "F24", ("3pl.west", 7): "F26",
    ("3pl.south", 4): "F23", ("3pl.south", 6): "F25 oversold",
}  # fmt: skip


def _trouble(stage: Stage, node: Node, morning: int) -> str:
    said = _SCHEDULE.get((node.code, (morning - 1) % 10 + 1), "")
    return said if said and stage.occasion(said[:3]) else ""


def morning_count(stage: Stage, node: Node, held: dict[str, int], trouble: str) -> Process:
    """One count of one morning, and how it may go wrong."""
    if trouble == "F23":
        # Nobody counts, and without a count the ERP says nothing of its books either.
        for source in (node.code, f"{BOOKS}-stock"):
            stage.open_spell("F23", 0, node.location, stage.now + 2 * HOUR, f"{source}@{node.location}")
        return
    counted = dict(held)
    if trouble == "F26":
        counted["B-777"] = -7
    shown = dict(list(counted.items())[:5]) if trouble == "F24" else counted
    told = snapshot(stage, node.code, node, shown, trouble != "F24")
    if trouble != "F24":
        _slow(stage, node, told)
    stage.close_spells(node.location, told.arrives)
    _watch(stage, node, trouble, told)
    if node is MAIN or trouble in ("F24", "F26"):
        return
    booked = held | ({"D-640": held["D-640"] - 350} if trouble == "F25" else {})
    books = snapshot(stage, BOOKS, node, booked, True)
    _slow(stage, node, books)
    yield stage.env.timeout(MINUTE)
    if trouble == "F25":
        stage.open_spell("F25", 0, node.location, max(told.arrives, books.arrives), f"D-640@{node.location}")
    promises(stage, node, held, trouble)


def _slow(stage: Stage, node: Node, told: Fact) -> None:
    """A file on its way for hours leaves the count of the day before too old until it comes."""
    subject = f"{told.source}@{node.location}"
    before, stage.whole[subject] = stage.whole.get(subject, told.at), told.at
    # Where none came the day before, it is too old already.
    if told.at <= before + _LASTS < told.arrives:
        stage.expect_code("inventory_stale", "F23", None, before + _LASTS, told.arrives, subject)


def _watch(stage: Stage, node: Node, trouble: str, told: Fact) -> None:
    if trouble in ("F24", "F26"):
        # The ERP's books of that morning are missing.
        stage.open_code("inventory_stale", trouble, node.location, told.at + 2 * HOUR, f"{BOOKS}-stock@{node.location}")
    if trouble == "F24":
        stage.open_spell("F24", 0, node.location, told.arrives + 10 * MINUTE, told.source)
        # A count that is not whole refreshes nothing.
        stage.open_code("inventory_stale", trouble, node.location, told.at + 2 * HOUR, f"{told.source}@{node.location}")
    if trouble == "F26":
        stage.open_spell("F26", 0, node.location, told.arrives, f"B-777@{node.location}")


def snapshot(stage: Stage, source: str, node: Node, counted: dict[str, int], complete: bool) -> Fact:
    """What somebody says lies there."""
    lines = [Line(str(at), sku, qty, "0") for at, (sku, qty) in enumerate(counted.items(), 1)]
    more = {"complete": True} if complete else {}
    source = source if source == SOUTH.code else f"{source}-stock"  # the others send a file of their own
    return stage.tell(source, "inventory.snapshot", None, {}, lines, location=node.location, partner=node.code, **more)


def promises(stage: Stage, node: Node, held: dict[str, int], trouble: str) -> None:
    """What the ERP offers for sale; F25 offers more than there is."""
    if node is not SOUTH:
        return
    offered = held["C-415"] + 500 if trouble == "F25 oversold" else held["C-415"] // 2
    said = stage.tell(
        BOOKS, "availability.published", None, {}, [Line("1", "C-415", offered, "0")], location=node.location, partner=node.code
    )  # fmt: skip
    if trouble == "F25 oversold":
        stage.open_spell("F25", 1, node.location, said.arrives, f"C-415@{node.location}")


def replayed(stage: Stage) -> Process:
    """F43: a replay books an adjustment a second time; the reversal comes the next day."""
    yield stage.until(stage.start + 2 * DAY + stage.between(HOUR, 9 * HOUR))
    line = Line("1", "A-200", -12, "0")
    about = {"location": MAIN.location, "partner": MAIN.code}
    stage.tell(MAIN.code, "inventory.adjusted", None, {}, [line], adjustment="ADJ-7781", reason="breakage", **about)
    yield stage.env.timeout(stage.between(2 * HOUR, 5 * HOUR))
    again = stage.tell(
        MAIN.code, "inventory.adjusted", None, {}, [line], adjustment="ADJ-7781", reason="breakage", **about
    )
    twice: Expected = stage.expect("F43", 0, None, again.arrives, subject=f"A-200@{MAIN.location}")
    yield stage.env.timeout(DAY)
    back = stage.tell(
        MAIN.code, "inventory.adjusted", None, {}, [line.of(12)], adjustment="ADJ-7781-R", reason="reversal", **about
    )
    twice.until = back.arrives


def begin(stage: Stage) -> None:
    """All nodes that count, and what is scheduled for stock."""
    for node in (WEST, SOUTH, MAIN):
        stage.env.process(counting(stage, node))
    if stage.occasion("F43"):
        stage.env.process(replayed(stage))
