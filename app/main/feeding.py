"""All feeds of an installation: which sources are fetched, by whom, and how often."""

from importlib.util import find_spec

from apscheduler.schedulers.background import BackgroundScheduler

from app.contracts import Feed, Sink
from app.errors import WrongUse
from app.main.house import collector_named
from app.main.line import Line
from app.pulls import Scheduled
from app.settings import Settings, Source
from collectors.feeds import FEEDS

_PATIENCE = 10.0


class Feeding:
    """Every declared pull on a thread of its own; the schedule only says when."""

    def __init__(self, settings: Settings, sink: Sink) -> None:
        """Raises WrongUse where a declared pull can never work."""
        self.lines = [_line(code, settings, sink, source) for code, source in settings.sources.items() if source.pull]

    def start(self, jobs: BackgroundScheduler) -> None:
        """Fetch at once, and again as often as each source says."""
        for line in self.lines:
            line.start()
            pull = line.source.pull
            if isinstance(pull, Scheduled):
                jobs.add_job(line.wake, "interval", seconds=pull.every, id=f"pull {line.code}")

    def stop(self) -> None:
        """Tell all, then wait for each."""
        for line in self.lines:
            line.halt()
        for line in self.lines:
            line.join(_PATIENCE)


def fault(source: Source) -> str:
    """Why the pull of a source can never work; "" when it can, or when it has none."""
    if source.pull is None:
        return ""
    feed = _feed(source.pull.kind)
    try:
        library, extra = feed.extra(source.pull)
        if library and find_spec(library) is None:
            return missing(library, extra)
        feed.check(source)
    except WrongUse as wrong:
        return f"{wrong.detail} {wrong.mend}".strip()
    return ""


def missing(library: str, extra: str) -> str:
    """What to install where a library is not there."""
    what = f"orderscope[{extra}]" if extra else library
    return f"The library {library} is not installed. Install it with: pip install '{what}'"


def _line(code: str, settings: Settings, sink: Sink, source: Source) -> Line:
    wire = collector_named(source.collector)
    why = "" if wire else f"there is no collector {source.collector!r}"
    why = why or fault(source)
    if why or wire is None or source.pull is None:
        raise WrongUse(f"sources.{code}.pull: {why}")
    return Line(code, settings, sink, _feed(source.pull.kind), wire)


def _feed(kind: str) -> Feed:
    return next(feed for feed in FEEDS if feed.kind == kind)
