"""The command line: `orderscope COMMAND`. Exit status 0 done, 1 faults found, 2 wrong use; no traceback for a mistake."""

import json
import logging
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from app import clock
from app.errors import BadInput, OrderscopeError, WrongUse
from app.settings import Settings
from app.settings import load as load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
Config = Annotated[str, typer.Option("--config", help="The configuration file.", envvar="ORDERSCOPE_CONFIG")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Paths = Annotated[list[Path], typer.Argument(help="Files or folders; .gz too.")]


def main() -> None:
    """Run the command line; a person's mistake is told in a line or two, not in a traceback."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("apscheduler", "alembic", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        app()
    except OrderscopeError as fault:
        said = f"{fault.detail}\n{fault.mend}".strip()
        Console(stderr=True, highlight=False).print(said, markup=False, soft_wrap=True)
        sys.exit(2 if isinstance(fault, WrongUse) else 1)


def as_of_instant(text: str, option: str = "--as-of") -> datetime | None:
    """An instant with its zone, as RFC 3339 writes it; raises WrongUse otherwise."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{option} {text}: is no time", "Write it as 2018-06-01T00:00:00-03:00.") from None
    if at.tzinfo is None:
        raise WrongUse(f"{option} {text}: has no zone", "Add it, as in 2018-06-01T00:00:00-03:00 or …Z.")
    try:
        clock.asked(at)
    except BadInput as fault:
        raise WrongUse(f"{option} {text}: {fault.detail}", fault.mend) from None
    return at


def changed(settings: Settings, **server: Any) -> Settings:
    """The settings with some values of `server` replaced; None leaves a value alone."""
    news = {name: value for name, value in server.items() if value is not None}
    return settings.model_copy(update={"server": settings.server.model_copy(update=news)})


@app.command()
def serve(
    config: Config = "",
    host: Annotated[str | None, typer.Option(help="Where to listen.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of pages, API and ingest.")] = None,
    otlp_port: Annotated[int | None, typer.Option(help="Further port for OTLP; 0 for none.")] = None,
    grpc_port: Annotated[int | None, typer.Option(help="Port for OTLP over gRPC; 0 for none.")] = None,
    as_of: Annotated[str, typer.Option(help="Stop the clock at this instant, for historical data.")] = "",
) -> None:
    """The server: collectors, engine, API and pages.

    Example: orderscope serve --as-of 2018-06-01T00:00:00-03:00
    """
    from app.main.house import opened
    from app.main.serve import serve as run
    from app.main.show import Shown

    clock.freeze(as_of_instant(as_of))
    settings = changed(load_settings(config or None), host=host, port=port, otlp_port=otlp_port, grpc_port=grpc_port)
    shown = Shown()
    with shown.catching_up() as progress, opened(settings, progress) as house:
        shown.stop()
        run(house, lambda url: shown.serving(house, url))


@app.command()
def ingest(
    paths: Paths,
    source: Annotated[str, typer.Option(help="The code of the source that these files come from.")],
    config: Config = "",
    historical: Annotated[
        bool, typer.Option(help="Let arrival be what each message says of it, else its business time.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Load files through the very path the server uses; beside a running server, through it.

    Example: orderscope ingest --source olist orders.csv.gz
    """
    from app.main.loading import files_under
    from app.main.show import Shown

    settings = load_settings(config or None)
    files = list(files_under(paths))
    shown = Shown()
    loaded = shown.loading(settings, source, files, historical)
    if as_json:
        print(json.dumps({"accepted": loaded.accepted, "duplicates": loaded.duplicates, "rejected": loaded.rejected}))
    else:
        shown.loaded(loaded)
    raise typer.Exit(1 if loaded.rejected else 0)


@app.command("try")
def try_(
    paths: Paths,
    source: Annotated[str, typer.Option(help="A declared source.")] = "",
    mapping: Annotated[str, typer.Option(help="A mapping: a file, or the name of a shipped one.")] = "",
    collector: Annotated[str, typer.Option(help="The wire that reads the files, where no source is named.")] = "",
    header: Annotated[list[str] | None, typer.Option(help="A header that came with them, as 'NAME: VALUE'.")] = None,
    first: Annotated[int, typer.Option(min=0, help="How many events and refusals of a file are shown.")] = 20,
    config: Config = "",
    as_json: Json = False,
) -> None:
    """Show what sample files become: events, refusals with their place, and what was not read. Nothing is stored.

    Example: orderscope try --collector webhook --mapping shopify --header 'X-Shopify-Topic: orders/create' order.json
    """
    from app.main.loading import files_under
    from app.main.trying import show, tried, wire

    settings = load_settings(config or None)
    done = []
    for file in files_under(paths):
        done.append(tried(settings, wire(settings, source, mapping, collector, header or [], file), file, first))
        if not as_json:
            show(done[-1], Console(highlight=False))
    if as_json:
        print(json.dumps({"files": [one.said() for one in done]}))
    raise typer.Exit(1 if any(one.counts["rejected"] for one in done) else 0)


@app.command()
def reconcile(
    paths: Paths,
    source: Annotated[str, typer.Option(help="The code of the system that the extract is of.")],
    config: Config = "",
    partial: Annotated[bool, typer.Option(help="The extract does not name every open order.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only compare; take nothing in.")] = False,
    as_json: Json = False,
) -> None:
    """Compare a full extract of a system with what it had told us, then take it in; 1 when they differ.

    Example: orderscope reconcile --source erp.main open-orders.csv
    """
    from app.main.loading import files_under
    from app.main.showing_extracts import compared

    compared(load_settings(config or None), source, list(files_under(paths)), not partial, dry_run, as_json)


@app.command()
def check(config: Config = "", as_json: Json = False) -> None:
    """Validate the configuration, the mappings and the rules with their examples: one line per fault.

    Example: orderscope check --config orderscope.yaml
    """
    from app.main.checks import faults, notices

    found = faults(config or None)
    noted = [] if found else notices()
    if as_json:
        print(json.dumps({"faults": found, "notices": noted}))
    else:
        said = "\n".join([*(found or ["No fault found."]), *noted])
        Console(highlight=False).print(said, markup=False, soft_wrap=True)
    raise typer.Exit(1 if found else 0)


@app.command()
def rebuild(
    config: Config = "",
    verify: Annotated[bool, typer.Option(help="Only compare with what stands.")] = False,
    as_of: Annotated[str, typer.Option(help="Stop the clock at this instant.")] = "",
    as_json: Json = False,
) -> None:
    """Derive links, orders and Dues again from the stored events; the server must not be running.

    Example: orderscope rebuild --verify
    """
    from app.engine import rebuild as again
    from app.main.house import opened
    from app.main.show import Shown

    clock.freeze(as_of_instant(as_of))
    shown = Shown()
    with shown.catching_up() as progress, opened(load_settings(config or None), progress) as house:
        work, ticker = house.work, house.engine.ticker
        if not verify:
            again.rebuild(work, ticker, progress)
            house.engine.deliver()
            shown.stop()
            print(json.dumps({"rebuilt": True}) if as_json else "Rebuilt.")
            return
        found = again.verify(work, ticker, progress)
    shown.stop()
    shown.differences(found, as_json)
    raise typer.Exit(1 if len(found) else 0)


@app.command("backtest")
def backtest_(
    rule: Annotated[Path, typer.Argument(help="A file with one rule.")],
    frm: Annotated[str, typer.Option("--from", help="Only what fell due at or after this instant.")] = "",
    to: Annotated[str, typer.Option("--to", help="Only what fell due before this instant.")] = "",
    config: Config = "",
    as_of: Annotated[str, typer.Option(help="Stop the clock at this instant; without a running server.")] = "",
    as_json: Json = False,
) -> None:
    """What a rule (or a changed rule) would have raised on stored history, beside what stands. Nothing is written.

    Example: orderscope backtest S06.yaml --from 2026-11-01T00:00Z
    """
    from app.main.rules import backtested, compared

    clock.freeze(as_of_instant(as_of))
    period = (as_of_instant(frm, "--from"), as_of_instant(to, "--to"))
    said = backtested(load_settings(config or None), rule, *period)
    print(json.dumps(said)) if as_json else compared(said)


@app.command()
def replay(
    config: Config = "",
    source: Annotated[str, typer.Option(help="Letters of this source.")] = "",
    reason: Annotated[str, typer.Option(help="Letters with this reason.")] = "",
    id: Annotated[list[str], typer.Option("--id", help="A letter; may be given several times.")] = [],  # noqa: B006
    older: Annotated[bool, typer.Option(help="Every kept message of --source that an older mapping has read.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only show what would change.")] = False,
    why: Annotated[str, typer.Option(help="Words for the history.")] = "",
    as_json: Json = False,
) -> None:
    """Put rejected messages through again; without a choice, all of them. Reading twice changes nothing.

    Example: orderscope replay --source 3pl.east --reason bad_time --dry-run
    """
    from app.main.replaying import replayed, shown

    said = {"source": source, "reason": reason, "ids": id, "older": older, "dry_run": dry_run, "why": why}
    done = replayed(load_settings(config or None), said)
    print(json.dumps(done, default=str) if as_json else shown(done))
    raise typer.Exit(1 if done["rejected"] or done["failed"] else 0)


@app.command()
def explain(
    order: Annotated[str, typer.Argument(help="Any key of the order.")], config: Config = "", as_json: Json = False
) -> None:
    """Why these events are one order, where it stands, what is due, what is open and whose it is.

    Example: orderscope explain SO-450012
    """
    from app.main.explaining import explained
    from app.main.show import Shown

    said = explained(load_settings(config or None), order)
    if as_json:
        print(json.dumps(said, default=str))
    else:
        Shown().order(said)


@app.command()
def bench(
    name: Annotated[
        str,
        typer.Argument(
            help="events, spans, json, grpc, lookup, csv, x12, edifact, rebuild, tick, calendar; all when left out."
        ),
    ] = "",
    orders: Annotated[int, typer.Option(help="Orders of the made-up world of rebuild and tick.")] = 50_000,
    as_json: Json = False,
) -> None:
    """Measure this machine: each figure as a ratio to a floor measured in the same run.

    Example: orderscope bench events
    """
    from app.main.bench import run, table

    logging.getLogger().setLevel(logging.ERROR)
    results = []
    for result in run(name, orders):
        results.append(result)
        if not as_json:
            print(
                f"{result.name}: {result.ours:,.1f} {result.unit}, floor {result.floor:,.1f}, ratio {result.ratio:.3f} (budget {result.budget})",
                flush=True,
            )
    if as_json:
        print(json.dumps(table(results).to_dicts()))


def _register() -> None:
    from app.main.demos import demo
    from app.main.exporting import exports
    from app.main.objectives import slos
    from app.main.people import tokens, users
    from app.main.rules import rules
    from app.main.sources import sources

    app.command()(demo)
    app.add_typer(users, name="user")
    app.add_typer(tokens, name="token")
    app.add_typer(exports, name="export")
    app.add_typer(sources, name="source")
    app.add_typer(slos, name="slo")
    app.add_typer(rules, name="rule")


_register()
