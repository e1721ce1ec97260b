"""`orderscope demo`: a fresh installation with the made-up distributor's messages, served with sign-in links."""

import shutil
from pathlib import Path

from rich.console import Console

from app import clock
from app.demo.write import write
from app.errors import WrongUse
from app.main.house import House, built
from app.main.loading import load as load_file
from app.main.remote import Remote
from app.main.serve import serve
from app.main.show import Shown
from app.settings import Settings
from app.settings import load as load_settings
from app.web.auth.links import link
from app.web.auth.people import Person, add_person

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "demo.yaml"
_MARK = ".demo"
PEOPLE = (
    Person("olivia", "operations", "Olivia Park", "order-desk", ("order-desk", "integration", "credit", "finance")),
    Person("edgar", "executive", "Edgar Lind", "board"),
    Person("ana", "owner", "Ana Costa", "order-desk", ("order-desk",)),
)


def write_to(folder: Path, orders: int, seed: int) -> None:
    """Only write the messages."""
    for source, file in write(folder, orders, clock.now(), seed):
        print(f"{source}\t{file}")


def demonstrate(config: str | None, orders: int, seed: int, port: int | None) -> None:
    """Make a fresh demo installation, load it, and serve it until interrupted."""
    settings = load_settings(config or SAMPLE)
    if port is not None:
        settings = settings.model_copy(
            update={"server": settings.server.model_copy(update={"port": port, "otlp_port": 0, "grpc_port": 0})}
        )
    emptied(settings)
    messages = write(settings.data / "messages", orders, clock.now(), seed)
    shown = Shown()
    with shown.catching_up() as progress:
        house = built(settings)
        for source, file in messages:
            load_file(house.intake, settings, source, file, historical=True)
        house.engine.prepare(progress)
    try:
        serve(house, lambda url: greet(house, url))
    finally:
        house.close()


def emptied(settings: Settings) -> None:
    """A demo begins anew each time; nothing but an earlier demo is ever removed."""
    if Remote.running(settings):
        raise WrongUse("A demo is being served already.", "Stop it, or look at it.")
    if settings.data.exists() and not (settings.data / _MARK).exists() and any(settings.data.iterdir()):
        raise WrongUse(f"{settings.data} holds data that is no demo.", "Set ORDERSCOPE_DATA to another folder.")
    shutil.rmtree(settings.data, ignore_errors=True)
    settings.data.mkdir(parents=True)
    (settings.data / _MARK).touch()


def greet(house: House, url: str) -> None:
    """Say where it is served, with a sign-in link for each role."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"\nOrderscope is at {url}. Each link signs in once:")
    roles = {"operations": "operations manager", "executive": "executive", "owner": "owner"}
    for person in PEOPLE:
        add_person(house.cases.store, person, replace=True)
        path = link(house.cases.store, person.name, house.settings.auth.link_minutes)
        console.print(f"  {roles[person.role]:<19} {url}{path}", markup=False)
    console.print("Stop it with Ctrl-C.\n")
