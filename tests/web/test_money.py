"""Money over the API of a whole house: terms from the settings, orders from the engine, exceptions from the cases."""

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import httpx
import pytest

from app import clock, stories
from app.errors import WrongUse
from app.main.house import House, built
from app.main.serve import app_of
from app.model.event import Message
from app.settings import Settings
from app.web.auth import add_token
from tests.engine.test_money import STORY

pytestmark = pytest.mark.anyio
TERMS = [{"sla": "S14", "currency": "USD", "per_day": "5"}]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The story of the four orders, with the clock at nine on the fifth of November."""
    clock.freeze(stories.instant("2026-11-05 09:00").replace(tzinfo=UTC))
    made = built(Settings(data=tmp_path, penalties=TERMS))  # type: ignore[arg-type]
    said = stories.parse(STORY.strip(), "story")
    made.intake.put(Message("x", "x", "x", b"", clock.instant()), said).result()
    made.engine.prepare()
    yield made
    made.close()
    clock.freeze(None)


async def test_money_is_told_over_the_api(house: House) -> None:
    """Revenue at risk by partner, penalties of an SLA by customer, what one late delivery has cost."""
    token = add_token(house.cases.store, "t", ("read",))
    wire = httpx.ASGITransport(app_of(house), raise_app_exceptions=False, client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(
        transport=wire, base_url="http://127.0.0.1:8050", headers={"Authorization": f"Bearer {token}"}
    ) as client:
        kpis = (await client.get("/api/v1/kpis?by=partner")).json()
        risk = kpis["revenue_at_risk"]
        assert [(one["currency"], one["numerator"], one["denominator"]) for one in risk["figures"]] == [
            ("USD", "90.50", "290.50"),
            ("EUR", "50.00", "50.00"),
        ]
        assert {(row["partner"], row["numerator"]) for row in risk["rows"]} == {
            ("3pl.west", "90.50"),
            ("3pl.east", "50.00"),
        }
        assert kpis["value_at_risk"][0] == {"currency": "USD", "value": "90.50", "weighted": "78.30", "orders": 2}
        one = (await client.get("/api/v1/slas/S14?by=partner")).json()
        assert {(row["partner"], row["accrued"]) for row in one["penalties"] if row["missed"]} == {
            ("3pl.west", "5.00"),
            ("3pl.east", "10.00"),
        }
        assert [row["numerator"] for row in one["value_at_risk"]] == ["60.00", "50.00"]
        assert (await client.get("/api/v1/slas/S06")).json()["penalties"] == []
        (late,) = (
            await client.get("/api/v1/exceptions?code=delivery_late&customer=C-1&partner=3pl.east&folded=true")
        ).json()["items"]
        assert late["value_at_risk"] == "50.00"
        whole = (await client.get(f"/api/v1/exceptions/{late['id']}")).json()
        assert whole["penalties"] == [{"pays": "us", "currency": "USD", "amount": "10.00"}]
        assert (await client.get("/api/v1/kpis?by=weather")).status_code == 422
        for path in ("kpis", "slas/S06"):
            crossed = await client.get(f"/api/v1/{path}?from=2026-11-20T00:00:00Z&to=2026-11-10T00:00:00Z")
            assert (crossed.status_code, "`from` lies after `to`" in crossed.text) == (422, True)


def test_terms_of_no_sla_are_refused(tmp_path: Path) -> None:
    """A penalty for a rule that does not exist is found at start, with the rules that do."""
    with pytest.raises(WrongUse, match="there is no SLA S99"):
        built(Settings(data=tmp_path, penalties=[TERMS[0] | {"sla": "S99"}]))  # type: ignore[arg-type]
