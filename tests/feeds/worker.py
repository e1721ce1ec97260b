"""An installation that only fetches and stores, as a process of its own that can be killed: `python worker.py CONFIG`."""

import sys
import threading

from apscheduler.schedulers.background import BackgroundScheduler

from app.main.feeding import Feeding
from app.settings import load
from app.store.database import Database
from app.store.intake import Intake


def main(config: str) -> None:
    """Fetch until killed."""
    settings = load(config)
    settings.data.mkdir(parents=True, exist_ok=True)
    jobs = BackgroundScheduler(timezone="UTC")
    feeding = Feeding(settings, Intake(Database.of(settings), {}))
    jobs.start()
    feeding.start(jobs)
    print("fetching", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
