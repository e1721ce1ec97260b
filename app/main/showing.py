"""The place of a demo, fresh each time, and the people who may sign in to it."""

import shutil

from rich.console import Console

from app.errors import WrongUse
from app.main.house import House
from app.main.remote import Remote
from app.settings import Settings
from app.web.auth.links import link
from app.web.auth.people import Person, add_person

_MARK = ".demo"
PEOPLE = (
    Person("olivia", "operations", "Olivia Park", "order-desk", ("order-desk", "integration", "credit", "finance")),
    Person("edgar", "executive", "Edgar Lind", "board"),
    Person("ana", "owner", "Ana Costa", "order-desk", ("order-desk",)),
)


def emptied(settings: Settings) -> None:
    """A demo begins anew each time; nothing but an earlier demo is ever removed."""
    if Remote.running(settings):
        raise WrongUse("A demo is being served already.", "Stop it, or look at it.")
    if settings.record.url or settings.workflow.url:
        raise WrongUse(
            "A demo has stores of its own, and the environment names others.",
            "Unset ORDERSCOPE_RECORD__URL and ORDERSCOPE_WORKFLOW__URL.",
        )
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
