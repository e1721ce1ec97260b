"""Signatures as a law: what was signed is taken, nothing else is, and nothing that is sent makes the check fail."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.settings import Source
from collectors.webhook.config import load
from collectors.webhook.handshake import Handshake, greeting
from collectors.webhook.signature import Hmac, Sent, fault

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
VENDORS = ("aftership", "business-central", "easypost", "odoo", "shippo", "shipbob", "shopify", "zendesk")
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef").decode()
PAIRS = Hmac(kind="hmac", header="Shippo-Auth-Signature", pair="v1", encoding="hex", over="{t}.{body}", time="t")
TEXT = st.text(max_size=40)
NAMES = st.sampled_from(
    [
        "aftership-hmac-sha256", "x-hmac-signature", "webhook-signature", "webhook-timestamp", "webhook-id",
        "x-shopify-hmac-sha256", "x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp",
    ]
)  # fmt: skip


@pytest.mark.parametrize("vendor", VENDORS)
@settings(max_examples=15, deadline=None)
@given(headers=st.dictionaries(NAMES, TEXT), query=st.dictionaries(st.just("token"), TEXT), body=st.binary(max_size=80))
def test_nothing_that_is_sent_opens_or_breaks_the_check(
    vendor: str, headers: dict[str, str], query: dict[str, str], body: bytes
) -> None:
    """Arbitrary headers, parameters and bytes are refused with a reason, whatever the secret, and without one too."""
    declared = load(Source(collector="webhook", mapping=vendor)).signature
    assert declared is not None
    for secrets in ((SECRET,), ("plain", SECRET), ()):
        assert fault(declared, Sent(headers, query, body), secrets, NOW)


def pairs(body: bytes, at: datetime) -> Sent:
    """A request whose header holds the time and the signature as pairs."""
    stamp = str(int(at.timestamp()))
    made = hmac.new(b"secret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return Sent({"shippo-auth-signature": f"t={stamp},v1={made}"}, {}, body)


@settings(max_examples=60, deadline=None)
@given(body=st.binary(min_size=1, max_size=60), place=st.integers(min_value=0), away=st.integers(-299, 299))
def test_what_was_signed_is_taken_and_no_other_byte(body: bytes, place: int, away: int) -> None:
    """Time and signature as pairs of one header: good inside the window; one byte changed, or the window over: refused."""
    at = NOW + timedelta(seconds=away)
    good = pairs(body, at)
    changed = bytearray(body)
    changed[place % len(body)] ^= 1
    assert fault(PAIRS, good, ("secret",), NOW) == ""
    assert fault(PAIRS, good, ("other", "secret"), NOW) == ""
    assert fault(PAIRS, good, ("other",), NOW)
    assert fault(PAIRS, Sent(good.headers, {}, bytes(changed)), ("secret",), NOW)
    assert fault(PAIRS, good, ("secret",), at + timedelta(seconds=301))


@pytest.mark.parametrize(
    ("method", "query", "said"),
    [
        ("POST", {"validationToken": "abc"}, "abc"),
        ("GET", {"validationToken": "abc"}, None),
        ("POST", {"validationToken": ""}, None),
        ("POST", {"other": "abc"}, None),
        ("POST", {"validationToken": "a\r\nSet-Cookie: x"}, None),
        ("POST", {"validationToken": "x" * 2_001}, None),
    ],
)
def test_a_hello_is_said_back(method: str, query: dict[str, str], said: str | None) -> None:
    """Only the word that was declared, by its method, printable and bounded; without a handshake nothing is."""
    assert greeting(Handshake(query="validationToken"), method, query) == said
    assert greeting(None, method, query) is None
