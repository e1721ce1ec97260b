"""`orderscope demo`: the made-up distributor, as plots to look at or as a whole world with the truth beside it."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.errors import WrongUse

Config = Annotated[str, typer.Option("--config", help="The configuration file.", envvar="ORDERSCOPE_CONFIG")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def demo(
    config: Config = "",
    orders: Annotated[int, typer.Option(min=1, help="How many orders.")] = 600,
    seed: Annotated[int, typer.Option(help="The same seed makes the same orders.")] = 7,
    to: Annotated[Path | None, typer.Option(help="Only write the messages into this folder.")] = None,
    serve_it: Annotated[
        bool, typer.Option("--serve", help="Load them into a fresh demo installation and serve it.")
    ] = False,
    port: Annotated[int | None, typer.Option(help="Port of the demo server.")] = None,
    world: Annotated[
        bool, typer.Option("--world", help="The whole distributor as a simulation, every system on its own wire.")
    ] = False,
    scoring: Annotated[
        bool, typer.Option("--score", help="Play a world through the product and compare with the truth.")
    ] = False,
    days: Annotated[int, typer.Option(min=1, help="Days that a world lasts.")] = 8,
    faults: Annotated[str, typer.Option(help="What goes wrong in a world: all, none, or F03,F18.")] = "all",
    truth: Annotated[
        Path | None, typer.Option(help="Write what is true of a world into this file, as JSON Lines.")
    ] = None,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="Share of a world's messages that come twice.")] = 0,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Let a world's messages come out of their order.")] = False,
    late: Annotated[str, typer.Option(help="By how much a world's files come late at most, as 2h.")] = "",
    until: Annotated[str, typer.Option(help="The instant at which a world ends; without it, now.")] = "",
    narrate: Annotated[str, typer.Option(help="Tell one fault of one order step by step, as F06.")] = "",
    url: Annotated[str, typer.Option(help="With --narrate: the server of a world to tell it to.")] = "",
    pace: Annotated[str, typer.Option(help="With --narrate: the pause between two steps.")] = "1s",
    step: Annotated[str, typer.Option(help="How often the score looks, in the time of the world.")] = "3h",
    as_json: Json = False,
) -> None:
    """Orders of a made-up distributor, in every state and with every exception, as messages of its systems.

    Example: orderscope demo --serve
    """
    from app.main.commands import as_of_instant
    from app.main.showing import demonstrate, write_to
    from app.main.worlds import Wanted, score_world, write_world

    if narrate:
        from app.main.narrating import narrated

        return narrated(narrate.upper(), seed, url.rstrip("/"), duration(pace, "--pace"), Console(highlight=False))
    if world or scoring or truth:
        told = as_of_instant(until)
        wanted = Wanted(
            orders,
            days,
            seed,
            faults,
            duration(late or "0s", "--late"),
            shuffle,
            duplicates,
            told.isoformat() if told else "",
        )
        if serve_it:
            from app.main.living import served

            served(wanted, Path(os.environ.get("ORDERSCOPE_DATA", "data/runtime/world")), port)
            return
        if scoring:
            every = duration(step, "--step")
            if not every:
                raise WrongUse(f"--step {step}: no time would ever pass", "Write it as 15m, 3h or 1d.")
            raise typer.Exit(0 if score_world(wanted, every, truth, as_json) else 1)
        write_world(wanted, to or Path("demo-world"), truth)
    elif to or not serve_it:
        write_to(to or Path("demo-messages"), orders, seed)
    else:
        demonstrate(config or None, orders, seed, port)


def duration(text: str, option: str) -> timedelta:
    """`15m`, `4h`, `1d`; raises WrongUse for anything else."""
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text.strip())
    if not found:
        raise WrongUse(f"{option} {text}: is no duration", "Write it as 15m, 4h or 1d.")
    return timedelta(**{{"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[found[2]]: int(found[1])})
