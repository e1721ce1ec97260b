"""Nothing of the conformance kit is passed over in silence."""

import re
from pathlib import Path

from tests.conformance import KIT, LEFT_OUT, needed, topics

_ASKED = re.compile(r"\b(?:cases|examples|kit)\(\"(\w+)\"\)")
_TESTS = Path(__file__).parent


@needed
def test_every_topic_has_its_tests_or_a_reason_why_it_has_none() -> None:
    """A topic that is left out is asked for nowhere, and none is missing on both sides."""
    asked = {topic for file in _TESTS.rglob("test_*.py") for topic in _ASKED.findall(file.read_text(encoding="utf-8"))}
    left = {one for one in LEFT_OUT if isinstance(one, str) and "-" not in one}
    assert set(topics()) - asked - left == set()
    assert asked & left == set()


@needed
def test_the_reasons_name_what_there_is() -> None:
    """Every topic, operation and case that is left out is one of the kit."""
    kit = "\n".join(file.read_text(encoding="utf-8") for file in sorted(KIT.glob("*.json")))
    names = {one if isinstance(one, str) else one[1] for one in LEFT_OUT}
    assert {name for name in names if f'"{name}"' not in kit} == set()
