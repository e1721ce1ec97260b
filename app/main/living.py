"""`orderscope demo --serve` and `--live`: a played world as history, its day as it goes on, and new orders in quick motion."""

import logging
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from heapq import merge
from pathlib import Path

import httpx
from rich.console import Console

from app import clock
from app.contracts import Receipt
from app.demo.world import faults, folder
from app.demo.world.company import CLOUD
from app.demo.world.hours import DAY, HOUR, MINUTE
from app.demo.world.stream import Stream, Struck, numbers, playable, stream
from app.demo.world.wires.sent import PAGE
from app.errors import WrongUse
from app.main.books import Books
from app.main.house import House, built
from app.main.narrating import page
from app.main.posting import Systems
from app.main.scoring import put
from app.main.serve import serve
from app.main.show import Shown
from app.main.showing import emptied, greet
from app.main.worked import worked
from app.main.worlds import Wanted
from app.settings import Settings, load

log = logging.getLogger(__name__)
#: How long the day of the company goes on while it is served, and how long a stream lasts.
AHEAD_DAYS, STREAM = 2, 12 * HOUR
#: How long before now the first orders of a stream were placed.
_LEAD = 6 * MINUTE
#: So many days before now the people of the company look at what is wrong.
_STOPS = (24, 18, 12, 8, 5, 3, 2, 1)
#: History is handed over in pieces of a quarter of an hour, as it arrived.
_PIECE = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Pace:
    """So many new orders a minute, whose lives pass so many times faster; no orders for no stream."""

    a_minute: float
    speed: float

    def stream(self, now: int, seed: int, chosen: Iterable[faults.Fault]) -> Stream | None:
        """The stream that begins now, with some orders under way."""
        orders = round(self.a_minute * STREAM / MINUTE)
        return stream(now - _LEAD, STREAM, orders, self.speed, seed, chosen, numbers(now)) if orders else None


def served(wanted: Wanted, data: Path, port: int | None, pace: Pace) -> None:
    """Make a fresh installation of the made-up company, load its history, and serve it while its day goes on."""
    shown = Shown()
    with shown.working(f"Playing {wanted.orders:,} orders of {wanted.days} days"):
        stage = wanted.play(ahead=AHEAD_DAYS)
        sent = wanted.sent(stage)
    now = int(clock.wall().timestamp())
    data = data.resolve()
    emptied(Settings(data=data))
    books = Books()
    settings = _on(load(folder.configured(data / folder.INSTALLED, data)), port)
    house = built(books.asked(settings, CLOUD.source))
    lived(house, list(folder.bundled((one for one in sent if one.arrives <= now), _PIECE)), now, shown)
    logging.getLogger("app.main.inbox").setLevel(logging.WARNING)  # each file that a partner drops is no news here
    live = Live(data, [folder.alone(one) for one in sent if one.arrives > now], books)
    try:
        serve(house, lambda url: _begun(house, url, live, pace, wanted))
    finally:
        live.stop()
        house.close()
        books.close()


def lived(house: House, history: list[folder.Bundle], now: int, shown: Shown) -> None:
    """Let history come in, and stop now and then on the way, for the people of the company to do their work."""
    stops = [*(now - days * DAY for days in _STOPS), now]
    waiting: list[Future[Receipt]] = []
    try:
        _show(stops[0] - 30 * DAY)
        house.engine.prepare()
        with shown.working("Living through what was sent", len(history)) as one_more:
            for bundle in history:
                while bundle.arrives > stops[0]:
                    _looked(house, stops.pop(0), waiting)
                waiting.append(put(house, bundle))
                one_more()
            for stop in stops:
                _looked(house, stop, waiting)
    finally:
        clock.play(None)


def _looked(house: House, moment: int, waiting: "list[Future[Receipt]]") -> None:
    for answer in waiting:
        answer.result()
    waiting.clear()
    _show(moment)
    house.engine.catch_up()
    worked(house.cases)


def _show(moment: int) -> None:
    clock.play(datetime.fromtimestamp(moment, UTC))


def _on(settings: Settings, port: int | None) -> Settings:
    if port is None:
        return settings
    return settings.model_copy(
        update={"server": settings.server.model_copy(update={"port": port, "otlp_port": 0, "grpc_port": 0})}
    )


def _begun(house: House, url: str, live: "Live", pace: Pace, wanted: Wanted) -> None:
    greet(house, url)
    live.add(pace.stream(int(clock.wall().timestamp()), wanted.seed, wanted.chosen()))
    live.start(url)


def streamed(url: str, data: Path, pace: Pace, seed: int, said: str) -> None:
    """New orders into a server that runs, until they are over or somebody has seen enough."""
    try:
        httpx.get(f"{url}/readyz", timeout=10)
    except httpx.HTTPError as fault:
        raise WrongUse(f"{url} does not answer: {fault}", "Serve a world first: orderscope demo --serve.") from None
    live = Live(data)
    chosen = Wanted(1, 1, seed, said).chosen()
    if chosen and not playable(chosen):
        raise WrongUse(
            f"--faults {said}: stock, purchases and counted calls are not streamed", "Choose one of orders, as F06."
        )
    live.add(pace.stream(int(clock.wall().timestamp()), seed, chosen))
    try:
        live.run(url)
    except KeyboardInterrupt:
        live.stop()


class Live:
    """Sends messages to a running server's own endpoints when their time has come, and says what goes wrong.

    What an API would be asked for stands in `books` from then on; without them it is sent like the rest.
    """

    def __init__(self, data: Path, bundles: Iterable[folder.Bundle] = (), books: Books | None = None) -> None:
        self._data, self._books = data, books
        self._bundles = list(bundles)
        self._struck: list[Struck] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)

    def add(self, more: Stream | None) -> None:
        """Send these too."""
        if more:
            sent = folder.messages(more.facts(), more.end, more.stage.seed + more.stage.offset)
            self._bundles = list(merge(self._bundles, map(folder.alone, sent), key=lambda one: one.arrives))
            self._struck += more.struck()

    def start(self, url: str) -> None:
        """Begin in a thread of its own."""
        self._thread = threading.Thread(target=self.run, args=(url,), name="demo", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def run(self, url: str) -> None:
        """Until all is sent."""
        systems = Systems(url, self._data, self._stop.wait)
        told = [(one.at, partial(self._tell, url, one)) for one in self._struck]
        sent = [(one.arrives, partial(self._send, systems, one)) for one in self._bundles]
        try:
            for moment, act in merge(sent, told, key=lambda step: step[0]):
                wait = (datetime.fromtimestamp(moment, UTC) - clock.wall()).total_seconds()
                if self._stop.wait(max(0.0, wait)):
                    return
                act()
        finally:
            systems.close()

    def _send(self, systems: Systems, bundle: folder.Bundle) -> None:
        try:
            if self._books and bundle.suffix == PAGE:
                self._books.add(bundle.body)
            else:
                systems.send(bundle)
        except httpx.HTTPStatusError as refused:
            log.warning("%s: %s", bundle.source, refused.response.text[:200])
        except httpx.ConnectError:
            if not self._stop.is_set():
                log.warning("The server does not answer any more: nothing more is sent")
            self._stop.set()
        except httpx.HTTPError as fault:
            log.warning("%s could not be sent: %s", bundle.source, fault)

    def _tell(self, url: str, one: Struck) -> None:
        where = f"{url}/order/{one.so.lstrip('0')}" if one.so else f"{url}{page(one.subject, [one.code])}"
        at = datetime.fromtimestamp(one.at).astimezone()
        self._console.print(f"{at:%H:%M:%S}  {one.fault} {one.title}: {one.so or one.subject}  {where}", markup=False)
