"""`orderscope demo`: the made-up distributor, written, served, told or scored, with the truth beside it."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.errors import WrongUse

#: (orders, days, how often faults strike beside their usual shares): of a world that is looked at, nine of ten orders go well.
SERVED, WRITTEN = (900, 30, 0.25), (600, 8, 1.0)
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def demo(
    orders: Annotated[int | None, typer.Option(min=1, help="How many orders; 600, or 900 when it is served.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Days that they take; 8, or 30 when it is served.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed plays the same.")] = 7,
    to: Annotated[Path | None, typer.Option(help="The folder to write the messages into.")] = None,
    load: Annotated[bool, typer.Option("--load", help="Load what was written into an installation beside it.")] = False,
    serve_it: Annotated[
        bool, typer.Option("--serve", help="Load a month into a fresh installation, serve it, and let its day go on.")
    ] = False,
    port: Annotated[int | None, typer.Option(help="With --serve: the port.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Send new orders into the server at --url.")] = False,
    rate: Annotated[str, typer.Option(help="With --serve or --live: new orders, as 5/min; 0/min for none.")] = "2/min",
    speed: Annotated[float, typer.Option(min=1, help="How many times faster those orders live.")] = 60,
    trouble: Annotated[
        float | None, typer.Option(min=0, help="How often faults strike, beside their usual shares; served a quarter.")
    ] = None,
    world: Annotated[
        bool, typer.Option("--world", help="Write the messages; what it does without another wish.")
    ] = False,
    scoring: Annotated[
        bool, typer.Option("--score", help="Play a world through the product and compare with the truth.")
    ] = False,
    faults: Annotated[
        str, typer.Option(help="What goes wrong: all, none, or F03,F18, with a rate as F03=0.2.")
    ] = "all",
    truth: Annotated[
        Path | None, typer.Option(help="Write what is true of a world into this file, as JSON Lines.")
    ] = None,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="Share of the messages that come twice.")] = 0,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Let messages come out of their order.")] = False,
    late: Annotated[str, typer.Option(help="By how much files come late at most, as 2h.")] = "",
    until: Annotated[str, typer.Option(help="The instant at which a world ends; without it, now.")] = "",
    narrate: Annotated[str, typer.Option(help="Tell one fault step by step, any of F01 to F44.")] = "",
    url: Annotated[str, typer.Option(help="With --live or --narrate: the server of a world to send to.")] = "",
    pace: Annotated[str, typer.Option(help="With --narrate: the pause between two steps.")] = "1s",
    seeds: Annotated[str, typer.Option(help="With --score: worlds of several seeds added up, as 1-10.")] = "",
    step: Annotated[str, typer.Option(help="How often the score looks, in the time of the world.")] = "3h",
    as_json: Json = False,
) -> None:
    """A made-up distributor whose systems send what they would really send: written, served, told or scored.

    Example: orderscope demo --serve
    """
    from app.main.commands import as_of_instant
    from app.main.living import Pace, served, streamed
    from app.main.worlds import Wanted, score_worlds, write_world

    data = Path(os.environ.get("ORDERSCOPE_DATA", "data/runtime/demo"))
    if narrate:
        from app.main.narrating import narrated

        told = duration(pace, "--pace")
        return narrated(narrate.upper(), seed, url.rstrip("/"), data, told, Console(highlight=False))
    often = Pace(a_minute(rate), speed)
    if live:
        return streamed(url.rstrip("/") or "http://127.0.0.1:8050", data, often, seed, faults)
    usual = SERVED if serve_it else WRITTEN
    end = as_of_instant(until)
    wanted = Wanted(
        orders or usual[0], days or usual[1], seed, faults, duration(late or "0s", "--late"), shuffle, duplicates,
        end.isoformat() if end else "", usual[2] if trouble is None else trouble,
    )  # fmt: skip
    if serve_it:
        return served(wanted, data, port, often)
    if scoring:
        which = several(seeds) if seeds else (seed,)
        if truth and len(which) > 1:
            raise WrongUse("--truth is of one world", "Leave out --seeds, and name the one with --seed.")
        every = duration(step, "--step")
        if not every:
            raise WrongUse(f"--step {step}: no time would ever pass", "Write it as 15m, 3h or 1d.")
        raise typer.Exit(0 if score_worlds(wanted, which, every, truth, as_json) else 1)
    return write_world(wanted, to or Path("demo-world"), truth, load)


def a_minute(text: str) -> float:
    """`5/min`, `30/h`: orders a minute; raises WrongUse for anything else."""
    found = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]+)?)/(min|h)", text.strip())
    if not found:
        raise WrongUse(f"--rate {text}: is no rate", "Write it as 5/min or 30/h.")
    return float(found[1]) / (60 if found[2] == "h" else 1)


def several(text: str) -> tuple[int, ...]:
    """`1-10` or `1,4,7`; raises WrongUse for anything else."""
    found = re.fullmatch(r"([0-9]{1,9})-([0-9]{1,9})", text.strip())
    if found and (seeds := tuple(range(int(found[1]), int(found[2]) + 1)[:1_000])):
        return seeds
    if re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9})*", text.strip()):
        return tuple(int(one) for one in text.split(","))
    raise WrongUse(f"--seeds {text}: names no seeds", "Write them as 1-10 or 1,4,7.")


def duration(text: str, option: str) -> timedelta:
    """`15m`, `4h`, `1d`; raises WrongUse for anything else."""
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text.strip())
    if not found:
        raise WrongUse(f"{option} {text}: is no duration", "Write it as 15m, 4h or 1d.")
    return timedelta(**{{"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[found[2]]: int(found[1])})
