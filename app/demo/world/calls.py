"""How the middleware's gateway counts its calls to a partner: by the quarter of an hour, how many and how long they took."""

from app.demo.world.company import WEST
from app.demo.world.erp import Process
from app.demo.world.hours import HOUR, MINUTE
from app.demo.world.stage import Stage

SOURCE, GATEWAY = "mw.metrics", "mw.gateway"
QUARTER = 15 * MINUTE
#: Seconds: bounds of the counts, and the share of calls in each, as it is and while the partner gets slower by the quarter.
BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5)
_USUAL = (58, 39, 3, 0, 0, 0)
_SLOWER = ((25, 43, 26, 6, 0, 0), (12, 32, 40, 15, 1, 0), (8, 25, 40, 25, 2, 0), (5, 20, 40, 32, 3, 0))
#: Two quarters in a row are needed to see it, three to believe that it is over, and each is looked at when late points had time.
_SEEN, _BELIEVED, _LATE = 2 * QUARTER, 3 * QUARTER, 2 * MINUTE


def counting(stage: Stage) -> Process:
    """Each quarter in which the partner works, some hundred calls; nothing is sent of the others."""
    while True:
        yield stage.until((stage.now // QUARTER + 1) * QUARTER)
        opening = WEST.hours.after(stage.now - QUARTER)
        if opening > stage.now - QUARTER:
            yield stage.until(opening)
            continue
        if stage.shut(WEST.code):
            continue  # who has opened the circuit calls nobody
        shares, slower = _USUAL, stage.slowing.get(WEST.code)
        if slower and slower < stage.now <= slower + HOUR:
            shares = _SLOWER[(stage.now - slower) // QUARTER - 1]
        count = stage.between(380, 720)
        counts = [0] * len(shares)
        for place in stage.dice.choices(range(len(shares)), shares, k=count):
            counts[place] += 1
        stage.tell(SOURCE, "calls.counted", None, {}, partner=WEST.code, counts=counts, since=stage.now - QUARTER)


def slowing(stage: Stage, node: object) -> Process:
    """F36: for an hour answers take longer and longer; nothing fails, and no service level is missed."""
    stage.slowing[WEST.code] = begin = -(-stage.now // QUARTER) * QUARTER
    over = begin + HOUR + _BELIEVED + _LATE
    stage.expect("F36", 0, None, begin + _SEEN + _LATE, over, f"{GATEWAY}:client:{WEST.code}")
    yield stage.until(begin)
