"""Workbooks of Excel, as partners mail them, read by a declared mapping."""

from app.contracts import Collector
from collectors.xlsx.receiver import routes
from collectors.xlsx.translate import sends, split, translate, version
from collectors.xlsx.unread import unread

COLLECTOR = Collector(
    name="xlsx",
    suffixes=(".xlsx", ".xlsm"),
    translate=translate,
    split=split,
    routes=routes,
    media="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    version=version,
    sends=sends,
    unread=unread,
)
