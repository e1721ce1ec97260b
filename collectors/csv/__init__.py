"""CSV files of any partner, read by a declared mapping."""

from app.contracts import Collector
from collectors.csv.receiver import routes
from collectors.csv.translate import sends, split, translate, version
from collectors.csv.unread import unread

COLLECTOR = Collector(
    name="csv",
    suffixes=(".csv", ".tsv", ".txt"),
    translate=translate,
    split=split,
    routes=routes,
    media="text/csv",
    version=version,
    sends=sends,
    unread=unread,
)
