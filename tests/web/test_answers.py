"""The API tells how soon exceptions are answered beside every other SLA."""

from datetime import timedelta

import pytest

from app import clock
from tests.web.site import Site

pytestmark = pytest.mark.anyio


async def test_exceptions_are_slas_as_well(web: Site) -> None:
    """Two high ones, one taken in time and one an hour late: 1 of 2, also by owner, partner and severity."""
    now = clock.instant()
    web.case(1, at=now - timedelta(minutes=50))
    web.case(2, at=now - timedelta(minutes=130), subject="fo:b", order_id="ord_2", partner="3pl.east")
    async with web.person("kim") as kim:
        for case in (await kim.get("/api/v1/exceptions")).json()["items"]:
            await kim.post(f"/api/v1/exceptions/{case['id']}/acknowledge", headers={"if-match": '"1"'})
        told = {row["id"]: row for row in (await kim.get("/api/v1/slas")).json()["items"]}
        assert (told["S27"]["numerator"], told["S27"]["denominator"], told["S27"]["attainment"]) == (1, 2, 0.5)
        assert told["S28"]["running"] == 2 and told["S28"]["attainment"] is None
        for by, names in (
            ("partner", ["3pl.east", "3pl.west"]),
            ("owner", ["3pl.east-desk", "3pl.west-desk"]),
            ("severity", ["high"]),
        ):
            one = (await kim.get("/api/v1/slas/s27", params={"by": by})).json()
            assert [row[by] for row in one["rows"]] == names
            assert sum(row["met"] for row in one["rows"]) == 1 and one["budget"] is None
        later = {"from": (now + timedelta(days=9)).isoformat() + "Z"}
        assert (await kim.get("/api/v1/slas/S28", params=later)).json()["denominator"] == 0
