"""`orderscope reconcile`: here or through the running server, and what came of it on the console."""

import json
from pathlib import Path
from typing import Any

import typer

from app.errors import WrongUse
from app.main.house import opened
from app.main.reconciling import dropped, reconcile
from app.main.remote import Remote
from app.main.show import Shown, table
from app.settings import Settings

_WHAT = {
    "unknown": "not known here",
    "missed": "further there than here",
    "contradicted": "less far there than here",
    "quantity": "another quantity",
    "absent": "open here, not in the extract",
}


def compared(settings: Settings, code: str, files: list[Path], complete: bool, dry_run: bool, as_json: bool) -> None:
    """Print the reports; exit with 1 when anything differed or was refused."""
    told = _through_server(settings, code, files, complete, dry_run) if Remote.running(settings) else None
    if told is None:
        with opened(settings) as house:
            told = [reconcile(house.intake, house.reader, settings, code, files, complete, dry_run).told()]
    if as_json:
        print(json.dumps({"reports": told}))
    else:
        _print(told)
    raise typer.Exit(1 if any(one["differences"] or one["rejected"] for one in told) else 0)


def _through_server(
    settings: Settings, code: str, files: list[Path], complete: bool, dry_run: bool
) -> list[dict[str, Any]]:
    cannot = "--dry-run" if dry_run else "--partial" if not complete else "several files" if len(files) > 1 else ""
    if cannot:
        raise WrongUse(
            f"{cannot}: beside a running server one complete extract is compared and taken in at a time.",
            "Leave it out, or stop the server first.",
        )
    return [dropped(settings, code, file) for file in files]


def _print(told: list[dict[str, Any]]) -> None:
    shown = Shown()
    for one in told:
        counts = ", ".join(f"{count:,} {_WHAT[what]}" for what, count in one["differences"].items()) or "no difference"
        shown.out.print(f"{one['of']}: {one['compared']:,} orders compared: {counts}", markup=False)
        if one["named"]:
            shown.out.print(table("Differences", one["named"][:20], ("key", "what", "here", "there")))
        shown.out.print(f"{one['accepted']:,} accepted, {one['duplicates']:,} duplicates, {one['rejected']:,} rejected")
