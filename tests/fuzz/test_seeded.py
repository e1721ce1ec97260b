"""A short, repeatable run of the fuzz target, and inputs that are large on purpose."""

import random
import time

import pytest

from tests.collectors.interchange import FIXTURE, group, interchange, transaction
from tests.fuzz.fuzz_x12 import once

HEAD = FIXTURE.split("ST*")[0]
BOMBS = {
    "terminators": HEAD + "~" * 2**20,
    "separators": HEAD + "ST*945*1~W06" + "*" * 2**20 + "~SE*3*1~",
    "beginnings": "ISA*" * 2**14,
    "beginnings on lines": HEAD + "\nISA*" * 2**13,
    "transactions": HEAD + "ST*940*1~" * 2**15,
    "orders of a notice": HEAD + "ST*856*1~BSN*00*1*20261120~" + "HL*1**S~REF*BM*1~" * 2**12 + "HL*2**O~" * 2**13 + "SE*1*1~",
    "packs": HEAD + "ST*856*1~BSN*00*1*20261120~HL*1**O~" + "".join(f"HL*{n}*{n - 1}*P~" for n in range(2, 2**13)) + "SE*1*1~",
    "adjustments with keys": HEAD + "ST*947*1~W15*20261120*1~" + "".join(f"N9*BM*{n}~" for n in range(2**11)) + "W19*AC*1*EA**VN*A~" * 2**11 + "SE*1*1~",
    "statuses with keys": HEAD + "ST*214*1~B10*1*2*3~" + "".join(f"L11*{n}*BM~" for n in range(2**12)) + "LX*1~" * 2**12 + "SE*1*1~",
    "blanks": HEAD + ("ST*945*1~" + "\n \t" * 2**18),
}  # fmt: skip


def test_a_seeded_run_of_the_fuzz_target() -> None:
    """Two hundred changed interchanges of several sets: each is read or refused, told about and cut."""
    dice = random.Random(7)
    sets = [
        ("940", "W05*N*1*2", "LX*1", "W01*5*EA**VN*A"),
        ("856", "BSN*00*1*20261120", "HL*1**O", "PRF*1"),
        ("997", "AK1*OW*1", "AK9*A*1*1*1"),
    ]
    seeds = [FIXTURE.encode(), *(interchange(group(transaction(*one))).encode() for one in sets)]
    counts = []
    for _ in range(200):
        body = bytearray(dice.choice(seeds))
        for _ in range(dice.randint(1, 8)):
            at = dice.randrange(len(body))
            body[at : at + dice.randint(0, 3)] = dice.choice(
                [b"", b"*", b"~", b"\n", b"ISA*", bytes([dice.randrange(256)]), bytes(body[at : at + 30])]
            )
        counts.append(once(bytes(body)))
    assert min(counts) >= 1


@pytest.mark.parametrize("name", BOMBS)
def test_large_on_purpose(name: str) -> None:
    """A megabyte of one thing over and over costs seconds at most, and is read or refused."""
    began = time.perf_counter()
    assert once(BOMBS[name].encode()) >= 1
    assert time.perf_counter() - began < 20
