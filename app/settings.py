"""The configuration: one strict YAML file, every value also as `ORDERSCOPE_SECTION__NAME`, all with a default.

Unknown keys are errors, so that a typo is found at start and not in production.
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AwareDatetime, BeforeValidator, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app import plain
from app.errors import WrongUse
from app.pulls import AnyPull
from app.secret import FILE, secret
from app.strict import Strict as Strict  # noqa: PLC0414 (handed on to what declares more)
from app.strict import ZoneName
from app.terms import Answers, Money, Penalty

Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Severity = Literal["critical", "high", "medium", "low"]


class Server(Strict):
    """Where the server listens and how much it takes."""

    host: str = "127.0.0.1"
    port: int = Field(8050, description="Pages, API and ingest.")
    otlp_port: int = Field(4318, description="OTLP over HTTP beside `port`; 0 leaves it out.")
    grpc_port: int = Field(4317, description="OTLP over gRPC (extra `grpc`); 0 leaves it out.")
    open_loopback: bool = Field(False, description="Take events without a token; only on a loopback host.")
    max_body: int = Field(16 * 2**20, description="Bytes of one request, as sent.")
    max_unpacked: int = Field(64 * 2**20, description="Bytes of one request, unpacked.")
    queue_bytes: int = Field(256 * 2**20, description="Bytes that may wait for the intake writer.")
    queue_items: int = Field(200_000, description="Events and spans that may wait for the intake writer.")
    secure_cookies: bool = Field(False, description="Send the session cookie over HTTPS only.")


def _backed(url: str, known: tuple[str, ...], form: str) -> str:
    """A URL of a store that we have. Raises ValueError for another; the URL is not repeated, it may hold a password."""
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", url)
    if scheme and not url.startswith(known):
        raise ValueError(f"{scheme[0]}//… is no store that we have; write {form}, or leave it out")
    return url


class Record(Strict):
    """The record store: raw messages, events, orders, dues."""

    url: str = Field("", description="`duckdb:///PATH`; empty means `record.duckdb` in the data directory.")
    memory_limit: str = Field("4GB", description="Memory that the store may use.")
    threads: int = Field(2, description="Processor threads that a question may use.")

    @field_validator("url")
    @classmethod
    def _duckdb(cls, url: str) -> str:
        return _backed(url, ("duckdb:///",), "duckdb:///PATH")


class Workflow(Strict):
    """The workflow store: cases, moves, people, tokens."""

    url: str = Field("", description="An SQLAlchemy URL; empty means `workflow.sqlite` in the data directory.")

    @field_validator("url")
    @classmethod
    def _sql(cls, url: str) -> str:
        if url and ":" not in url:
            raise ValueError("this is no URL; write sqlite:///PATH or postgresql://…, or leave it out")
        return _backed(url, ("sqlite:", "postgresql:", "postgresql+"), "sqlite:///PATH or postgresql://…")


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _span(said: Any) -> Any:
    """`15m`, `4h`, `1d` as a duration; anything else is left to the check of the type."""
    found = re.fullmatch(r"([0-9]{1,6})\s*([smhd])", said.strip()) if isinstance(said, str) else None
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else said


Span = Annotated[timedelta, BeforeValidator(_span), Field(gt=timedelta(0))]
ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Expects(Strict):
    """What was agreed with a source: its contract. What is left out is not watched, or learned from what it sent."""

    every: Span | None = Field(None, description="The longest usual time between two messages, as 15m or 4h.")
    at: tuple[ClockTime, ...] = Field((), description="Times of day at which it delivers, HH:MM in its zone.")
    calendar: str = Field("", description="The calendar in whose hours it sends; empty is always.")
    per_hour: tuple[int, int] | None = Field(None, description="Least and most items of a full working hour.")
    types: tuple[str, ...] = Field((), description="Event types that it may send; none given means any.")
    version: str = Field("", description="The schema that its events name as `dataschema` or `schemaversion`.")
    numbered: bool = Field(False, description="Its events carry `sequence`, counted up by one without a hole.")
    late: Span = Field(
        timedelta(hours=1), description="An event that arrives later than this after it happened is late."
    )


class Interface(Strict):
    """What an interface is to the house: its line in the register."""

    version: str = Field("", description="The version of the interface, as its owner counts.")
    environment: str = Field("production", description="Where it runs: production, test, or what you call it.")
    contract: str = Field("", description="Where the contract stands: a document, a page, a ticket.")
    priority: Severity = Field("medium", description="How much it matters when it fails.")
    latency: Span | None = Field(None, description="How long after it happened an event may arrive, as 15m or 4h.")
    plan: Literal["keep", "wrap", "replace", "retire"] = Field("keep", description="What shall become of it.")
    replaces: str = Field("", description="The source whose place it takes: both are shown beside each other.")


class Source(Strict):
    """A system instance that sends: which wire, whose numbers, which zone."""

    collector: str = Field("cloudevents", description="The wire it speaks.")
    mapping: str = Field("", description="A mapping: a path beside the configuration, or the name of a shipped one.")
    erp: str = Field("", description="The ERP scope whose order numbers it repeats.")
    zone: ZoneName = Field("UTC", min_length=1, description="IANA zone of times that carry none.")
    owner: str = Field("", description="Who looks after this interface.")
    sends: tuple[str, ...] | None = Field(None, description="Event types it can deliver; none given means any.")
    interface: Interface = Field(Interface(), description="Its line in the register of interfaces.")
    expects: Expects = Field(Expects(), description="What was agreed with it.")
    limit: int = Field(0, ge=0, description="Items a second that it may send over minutes; 0 is no limit.")
    secret: str = Field(
        "",
        pattern=r"^([A-Za-z_][A-Za-z0-9_]*|file:.+)?$",
        description="Where the secret of the vendor's signature stands: an environment variable, or `file:PATH`.",
    )
    pull: AnyPull | None = Field(None, description="Where its messages are fetched; none given: it sends them itself.")
    base: str = Field("", exclude=True, description="The folder that paths are relative to; filled in at load.")


class Partner(Strict):
    """A 3PL, carrier or supplier: how it is called and who answers for it."""

    name: str = ""
    owner: str = Field("", description="Team or person that answers for this partner.")
    calendar: str = Field("", description="Calendar of its nodes.")
    tier: str = ""
    suffixes: dict[str, Literal["split", "revision", "noise"]] = Field(
        default_factory=dict, description="What the ends of its numbers mean: a regular expression and its meaning."
    )


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Correction(Strict):
    """One date on which other hours hold than the week and the holidays say, learnt at some instant."""

    date: str = Field(description="YYYY-MM-DD.")
    hours: str = Field("", description="Windows of that date as in `hours`; empty means closed.")
    published: str = Field("", description="Instant with offset from which it is known; empty: always.")
    author: str = Field("", description="Who says so; needed with `published`.")
    reason: str = ""


class Files(Strict):
    """When files come: a recurrence rule on the wall of the calendar's zone, counted from `start`."""

    rule: str = Field(max_length=500, description="RFC 5545, as FREQ=DAILY;BYHOUR=6,14,22.")
    start: str = Field("2001-01-01T00:00:00", description="Wall time of the first; INTERVAL and COUNT count from it.")

    @model_validator(mode="before")
    @classmethod
    def _named(cls, said: Any) -> Any:
        return {"rule": said} if isinstance(said, str) else said


class Hours(Strict):
    """What can change in a calendar: weekly windows, days off, cut-off, file windows."""

    zone: str = "UTC"
    hours: dict[Day, str] = Field(
        default_factory=dict, description="HH:MM-HH:MM, several with commas; 22:00-06:00 ends on the next day."
    )
    holidays: str = Field("", description="Country or country-region of the public holidays, as DE or US-CA.")
    observed: bool = Field(True, description="Also the days off that stand for a holiday on a weekend.")
    closed: tuple[str, ...] = Field((), description="Further closed dates, YYYY-MM-DD.")
    cutoff: str | dict[Day, str] = Field("", description="HH:MM; what comes then or later counts from the next day.")
    files: tuple[Files, ...] = Field((), description="When files come, for clocks that wait for one.")


class Change(Hours):
    """Other values from a date on; what it does not name stays as it was."""

    since: str = Field(description="YYYY-MM-DD, from its midnight in the zone, or an instant with offset.")


class Calendar(Hours):
    """Working windows of a place or team. Clocks keep the calendar of their start; corrections move running ones."""

    corrections: tuple[Correction, ...] = ()
    changes: tuple[Change, ...] = Field((), description="Later versions, oldest first.")


#: What a route may ask of an exception.
Label = Literal["code", "severity", "partner", "owner", "customer", "tier", "channel", "entity", "system"]


class Route(Strict):
    """First match wins: who owns exceptions whose labels match `when`."""

    when: dict[Label, str | list[str]] = Field(default_factory=dict)
    team: str = ""
    owner: str = ""


class Notify(Strict):
    """Notifications; nothing is sent yet."""


class Auth(Strict):
    """Sessions and sign-in."""

    session_hours: int = Field(12, description="A session ends this long after sign-in.")
    link_minutes: int = Field(60 * 12, description="A printed sign-in link works this long, once.")
    tries_per_minute: int = Field(10, description="Failed sign-ins per account and minute before a pause.")


class Retention(Strict):
    """How long things are kept."""

    raw_days: int = Field(35, description="Days for which raw messages are kept.")


class Telemetry(Strict):
    """The program's own traces and metrics."""

    otlp_endpoint: str = Field("", description="Reserved for the program's own traces; nothing is sent yet.")


class Sla(Strict):
    """What this installation changes in a rule of the catalogue. The first override that matches wins per field."""

    enabled: bool = True
    target: str = Field("", description="A duration as 15m, 4h, 2d; or `2 working days`.")
    basis: Literal["", "instant", "day"] = Field(
        "", description="Promise met by the instant, or by the end of its day."
    )
    zone: str = Field("", description="Zone of the day, for basis `day`.")
    calendar: str = Field("", description="Calendar for business clocks.")
    severity: Severity | Literal[""] = ""
    owner: str = ""
    value_band: str = Field("", description="An order worth so much makes it one step more severe, as `50000 USD`.")
    override: tuple[dict[str, Any], ...] = ()


class Rules(Strict):
    """Rules of this installation beside those of the catalogue."""

    folder: str = Field("", description="Files of rules (.yaml); empty means `rules` in the data directory.")


class SlaCorrection(Strict):
    """Dues of an SLA that figures leave out: those that fall due from `begin` until before `end`."""

    sla: str = Field(description="The rule whose Dues are left out.")
    partner: str = Field("", description="Only those of this partner.")
    begin: AwareDatetime
    end: AwareDatetime
    author: str = Field(min_length=1, description="Who asked for it.")
    approver: str = Field(min_length=1, description="Who agreed; somebody else.")
    reason: str = Field(min_length=10, description="Why, in a sentence; it stands beside the figures.")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.begin >= self.end:
            raise ValueError("`begin` must lie before `end`")
        if self.author.strip().casefold() == self.approver.strip().casefold():
            raise ValueError("the approver must be somebody else than the author")
        return self


class Settings(BaseSettings):
    """All sections. `data` is the directory under which everything is written."""

    model_config = SettingsConfigDict(
        env_prefix="ORDERSCOPE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )
    data: Path = Path("data/runtime")
    server: Server = Server()
    record: Record = Record()
    workflow: Workflow = Workflow()
    sources: dict[str, Source] = Field(default_factory=dict)
    partners: dict[str, Partner] = Field(default_factory=dict)
    calendars: dict[str, Calendar] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    slas: dict[str, Sla] = Field(default_factory=dict)
    sla_corrections: tuple[SlaCorrection, ...] = ()
    rules: Rules = Rules()
    exceptions: Answers = Answers()
    penalties: tuple[Penalty, ...] = ()
    money: Money = Money()
    notify: Notify = Notify()
    auth: Auth = Auth()
    retention: Retention = Retention()
    telemetry: Telemetry = Telemetry()

    @model_validator(mode="after")
    def _scopes(self) -> Self:
        """Order numbers of two ERPs are never taken for each other's."""
        erps = [code for code in self.sources if code.partition(".")[0] in ("erp", "erp_legacy")]
        silent = [code for code in erps if not self.sources[code].erp]
        if len(erps) > 1 and silent:
            raise ValueError(
                f"sources.{silent[0]}.erp: there are {len(erps)} ERPs, and this one does not say whose order numbers it has;"
                " write its own code, or the code of the ERP whose numbers it repeats"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over file: the file comes in as `init`."""
        return (init_settings,) if issubclass(settings_cls, Apart) else (env_settings, init_settings)

    def record_path(self) -> Path:
        """The file of the record store."""
        return Path(self.record.url.removeprefix("duckdb:///")) if self.record.url else self.data / "record.duckdb"

    def rules_path(self) -> Path:
        """The folder of this installation's own rules."""
        return Path(self.rules.folder) if self.rules.folder else self.data / "rules"

    def workflow_url(self) -> str:
        """The SQLAlchemy URL of the workflow store."""
        return self.workflow.url or f"sqlite:///{self.data / 'workflow.sqlite'}"


def secrets(source: Source) -> tuple[str, ...]:
    """The secrets in force of a source's vendor: several, between blanks, while one replaces another; () for none.

    They are read anew each time, so that a changed file counts at once.
    """
    try:
        return tuple(secret(source.secret).split())
    except WrongUse:
        return ()


class Apart(Settings):
    """What a benchmark or a score goes by: no environment leads it into the installation at hand."""


def load(path: str | Path | None = None, kind: type[Settings] = Settings) -> Settings:
    """Read the configuration; without a file everything has its default.

    Raises WrongUse with one line per fault: where it is, what is wrong.
    """
    given = path or os.environ.get("ORDERSCOPE_CONFIG")
    file = Path(given or "orderscope.yaml")
    if given and not file.is_file():
        raise WrongUse(f"{file}: there is no such file", "Name the configuration with --config or ORDERSCOPE_CONFIG.")
    try:
        said = plain.load(file.read_text(encoding="utf-8")) if file.is_file() else {}
        for source in ((said or {}).get("sources") or {}).values():
            if isinstance(source, dict):
                _anchor(source, file.resolve().parent)
        return kind(**(said or {}))
    except yaml.YAMLError as fault:
        raise WrongUse(f"{file}: {fault}", "Mend the YAML at that line.") from None
    except ValidationError as fault:
        lines = [
            f"{file}: {'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}" for e in fault.errors()
        ]
        raise WrongUse("\n".join(lines), "Correct or remove these keys.") from None
    except TypeError:
        raise WrongUse(f"{file}: is not a mapping of sections", "Begin with a section such as `server:`.") from None


def _anchor(source: dict[str, Any], folder: Path) -> None:
    """Paths of a source are relative to the folder of the configuration: of its mapping, and of files with secrets."""
    source["base"] = str(folder)
    for part in (one for one in (source, source.get("pull")) if isinstance(one, dict)):
        for name, said in part.items():
            if isinstance(said, str) and said.startswith(FILE) and (name == "secret" or name.endswith("_from")):
                part[name] = f"{FILE}{folder / said.removeprefix(FILE)}"
