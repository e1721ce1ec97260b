"""Who comes in, how, and for how long."""

import re
import time
from datetime import timedelta

import pytest

from app import clock
from app.cases.tables import session, sign_in_link
from app.web.auth import disable_person, link
from app.web.auth.forms import local
from app.web.auth.secrets import password_fits, password_hash
from tests.web.site import PASSWORD, Site

pytestmark = pytest.mark.anyio


async def test_a_stranger_is_sent_to_sign_in_and_a_script_is_told_so(web: Site) -> None:
    """A page redirects with the way back; the API answers 401 as a problem document."""
    async with web.client() as nobody:
        page = await nobody.get("/orders/4711?tab=x", headers={"accept": "text/html"})
        assert page.status_code == 303 and page.headers["location"] == "/sign-in?next=/orders/4711%3Ftab%3Dx"
        for path in ("/api/v1/exceptions", "/api/openapi.json", "/_dash-layout", "/api/v1/exceptions.csv"):
            answer = await nobody.get(path, headers={"accept": "text/html"})
            assert answer.status_code == 401, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == 401 and answer.json()["mend"]


async def test_name_and_password_begin_a_session(web: Site) -> None:
    """The form sets an HttpOnly session cookie and a readable CSRF cookie, and goes where one wanted to go."""
    async with web.client() as browser:
        answer = await browser.post("/sign-in", data={"name": "kim", "password": PASSWORD, "next": "/orders/1"})
        assert answer.status_code == 303 and answer.headers["location"] == "/orders/1"
        cookies = {c.split("=")[0]: c.lower() for c in answer.headers.get_list("set-cookie")}
        assert "httponly" in cookies["orderscope_session"] and "samesite=lax" in cookies["orderscope_session"]
        assert "httponly" not in cookies["_csrf_token"]
        assert (await browser.get("/api/v1/exceptions")).status_code == 200


async def test_a_wrong_password_and_an_unknown_name_look_the_same(web: Site) -> None:
    """Same words, same status; what was typed comes back as text, never as HTML."""
    async with web.client() as browser:
        known = await browser.post("/sign-in", data={"name": "kim", "password": "wrong"})
        unknown = await browser.post("/sign-in", data={"name": '"><script>x', "password": "wrong"})
    assert known.status_code == unknown.status_code == 401
    said = [re.search(r'role="alert">([^<]+)', page.text) for page in (known, unknown)]
    assert said[0] and said[1] and said[0][1] == said[1][1]
    assert "<script>x" not in unknown.text and "&quot;&gt;&lt;script&gt;x" in unknown.text


async def test_too_many_tries_for_one_name_must_wait(web: Site) -> None:
    """Even the right password waits then; other people do not."""
    async with web.client() as browser:
        for _ in range(web.settings.auth.tries_per_minute):
            await browser.post("/sign-in", data={"name": "eve", "password": "wrong"})
        assert (await browser.post("/sign-in", data={"name": "eve", "password": "x"})).status_code == 429
        assert (await browser.post("/sign-in", data={"name": "kim", "password": PASSWORD})).status_code == 303


async def test_a_link_signs_in_once(web: Site) -> None:
    """The second use, a made-up one, and one that ran out are refused; HEAD uses nothing up."""
    path = link(web.cases.store, "kim", 5)
    async with web.client() as browser:
        assert (await browser.head(path)).status_code == 405
        assert (await browser.get(path)).status_code == 303
    async with web.client() as other:
        assert (await other.get(path)).status_code == 401
        assert (await other.get("/sign-in/link?token=made-up")).status_code == 401
        late = link(web.cases.store, "kim", 5)
        with web.cases.store.writing() as connection:
            past = clock.instant(clock.wall() - timedelta(seconds=1))
            connection.execute(sign_in_link.update().where(sign_in_link.c.used_at.is_(None)).values(expires_at=past))
        assert (await other.get(late)).status_code == 401


async def test_secrets_are_stored_as_hashes_only(web: Site) -> None:
    """Neither the cookie, nor the link, nor the token, nor the password is anywhere in the database file."""
    path = link(web.cases.store, "kim", 5)
    token = web.token("read")["Authorization"].removeprefix("Bearer ")
    async with web.client() as browser:
        await browser.get(path)
        secret = browser.cookies["orderscope_session"]
    folder = web.settings.data
    stored = b"".join(f.read_bytes() for f in folder.glob("workflow.sqlite*"))
    for hidden in (secret, token, path.split("=")[1], PASSWORD):
        assert hidden.encode() not in stored


async def test_signing_out_ends_the_session_everywhere(web: Site) -> None:
    """The cookie that was copied before is worth nothing after."""
    async with web.person("kim") as browser:
        copied = dict(browser.cookies)
        assert (await browser.post("/sign-out")).headers["location"] == "/sign-in"
    async with web.client() as thief:
        thief.cookies.update(copied)
        assert (await thief.get("/api/v1/exceptions")).status_code == 401


async def test_a_session_ends_by_itself_and_with_its_person(web: Site) -> None:
    """Run out, or the person is shut out: the next question is refused."""
    async with web.person("kim") as kim, web.person("lee") as lee:
        disable_person(web.cases.store, "lee")
        with web.cases.store.writing() as connection:
            connection.execute(session.update().values(expires_at=clock.instant(clock.wall() - timedelta(seconds=1))))
        web.app.state.registry.forget()
        assert (await kim.get("/api/v1/exceptions")).status_code == 401
        assert (await lee.get("/api/v1/exceptions")).status_code == 401
    async with web.client() as again:
        assert (await again.get("/sign-in")).status_code == 200


@pytest.mark.parametrize(
    ("target", "goes"),
    [
        ("/orders/1?a=b", "/orders/1?a=b"), ("//evil.example", "/"), ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"), ("/a\r\nSet-Cookie: x=y", "/"), ("", "/"), (None, "/"), ("/sign-out", "/"),
        ("/\t/evil.example", "/"), ("\\\\evil.example", "/"),
    ],
)  # fmt: skip
async def test_nobody_is_sent_elsewhere_after_signing_in(target: str | None, goes: str) -> None:
    """`next` is a path of ours or it is nothing."""
    assert local(target) == goes


async def test_a_form_of_another_site_signs_nobody_in(web: Site) -> None:
    """Login CSRF: a foreign Origin is refused, ours and none (a command line) are not."""
    async with web.client() as browser:
        form = {"name": "kim", "password": PASSWORD}
        for origin, status in (("http://evil.example", 403), ("http://127.0.0.1:8050", 303)):
            assert (await browser.post("/sign-in", data=form, headers={"origin": origin})).status_code == status


async def test_a_huge_form_is_refused_before_it_is_read(web: Site) -> None:
    """Strangers may send 64 KiB and no more, whatever length they claim."""
    async with web.client() as browser:
        assert (await browser.post("/sign-in", content=b"name=" + b"x" * 70_000)).status_code == 413

        async def endless() -> object:
            for _ in range(100):
                yield b"x" * 1000

        answer = await browser.post(
            "/sign-in",
            content=endless(),
            headers={"content-type": "application/x-www-form-urlencoded"},  # type: ignore[arg-type]
        )
        assert answer.status_code >= 400


async def test_the_page_works_without_scripts_and_says_its_labels(web: Site) -> None:
    """A plain form, labels for both fields, the caret in the first, light and dark, phone width."""
    async with web.client() as browser:
        page = (await browser.get("/sign-in?next=/x")).text
    assert "<script" not in page and 'method="post"' in page and 'value="/x"' in page
    assert 'label for="name"' in page and 'label for="password"' in page and "autofocus" in page
    assert "prefers-color-scheme: dark" in page and "width=device-width" in page
    assert not re.search(r"(src|href)=\"https?:|url\(\"?https?:", page)


def test_an_unknown_name_takes_as_long_as_a_known_one() -> None:
    """No telling who exists by the clock: both verify one argon2id hash."""
    stored = password_hash("right")
    assert password_fits(stored, "right") and not password_fits(stored, "wrong") and not password_fits(None, "right")

    def took(hashed: str | None) -> float:
        begun = time.perf_counter()
        password_fits(hashed, "wrong")
        return time.perf_counter() - begun

    known, unknown = (min(took(h) for _ in range(3)) for h in (stored, None))
    assert unknown > known / 3
