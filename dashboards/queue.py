"""The queue of exceptions as a grid: its columns, how a row is written, how a request is read.

Rows come a block at a time from the server, sorted and filtered there: 100,000 of them cost what 100 cost.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import dash_ag_grid as dag

from dashboards import words
from dashboards.context import Row
from dashboards.parts import order_href
from dashboards.past import Then

BLOCK = 100
MOST = 1000
TEXT = {
    "filter": "agTextColumnFilter",
    "filterParams": {"filterOptions": ["contains", "equals", "startsWith"], "maxNumConditions": 1},
}
NUMBER = {
    "filter": "agNumberColumnFilter",
    "filterParams": {"filterOptions": ["greaterThan", "lessThan", "inRange"], "maxNumConditions": 1},
}

#: field, heading, width, more. `flex` columns share what is left.
COLUMNS: tuple[tuple[str, str, int, Row], ...] = (
    ("so", "Order", 104, {"cellRenderer": "OrderLink", "pinned": "left", **TEXT}),
    ("severity", "Severity", 94, {"cellRenderer": "Chip"}),
    ("due_at", "Due, since", 128, {"cellRenderer": "Clock"}),
    ("customer", "Customer", 130, {"cellRenderer": "TwoLine", **TEXT}),
    ("cause", "Reason", 190, {"cellRenderer": "TwoLine", "flex": 1, "tooltipField": "detail", **TEXT}),
    ("system", "System", 108, {}),
    ("owner", "Owner", 94, {**TEXT}),
    ("status", "Status", 134, {"cellRenderer": "Chip"}),
    ("value", "Value", 94, {"type": "rightAligned", "cellClass": "num right", **NUMBER}),
)
#: Columns that a request may sort or filter by; anything else in it is left out.
KNOWN = frozenset(c[0] for c in COLUMNS) | {"stage", "promised_at", "code"}


def columns(phone: bool = False, button: bool = False) -> list[Row]:
    """Column definitions; a phone has one that holds the essentials, a personal list a button and no filters."""
    if phone:
        return [{"field": "so", "headerName": "Order", "cellRenderer": "PhoneRow", "flex": 1, "sortable": False}]
    made: list[Row] = [{"field": f, "headerName": h, "minWidth": w, "width": w, **more} for f, h, w, more in COLUMNS]
    if not button:
        return made
    plain = [{k: v for k, v in c.items() if not k.startswith("filter")} for c in made]
    act = {
        "colId": "act",
        "headerName": "",
        "headerComponentParams": {},
        "width": 56,
        "cellRenderer": "RowButton",
        "pinned": "right",
        "sortable": False,
        "resizable": False,
    }
    return [*plain, act]


def grid(
    id: str, button: bool = False, keys: str = "openRow(params)", clicks: str = "", select: bool = True
) -> dag.AgGrid:
    """The grid: one request at a time, for a second one would overwrite the first; rows keep their place by id."""
    choice = {"mode": "multiRow", "checkboxes": True, "headerCheckbox": False, "enableClickSelection": False}
    listeners = {"cellKeyDown": [keys]} | ({"cellClicked": [clicks]} if clicks else {})
    return dag.AgGrid(
        id=id,
        rowModelType="infinite",
        columnDefs=columns(button=button),
        getRowId="params.data.row_id",
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        eventListeners=listeners,
        dashGridOptions={
            "rowSelection": choice
            if select
            else {"mode": "singleRow", "checkboxes": False, "enableClickSelection": False},
            "selectionColumnDef": {"pinned": "left", "width": 44, "headerName": "", "sortable": False},
            "cacheBlockSize": BLOCK,
            "maxBlocksInCache": 30,
            "maxConcurrentDatasourceRequests": 1,
            "blockLoadDebounceMillis": 60,
            "infiniteInitialRowCount": 1,
            "rowHeight": 48,
            "headerHeight": 42,
            "tooltipShowDelay": 400,
            "ensureDomOrder": True,
            "suppressCellFocus": False,
            "theme": {"function": "gridTheme(agGrid)"},
        },
        style={"height": "100%", "width": "100%"},
        dangerously_allow_code=False,
    )


def asked_for(request: Row) -> tuple[int, int, list[tuple[str, str]], Row]:
    """offset, limit, sort and column filters of a request; columns we do not know are left out."""
    offset = max(0, int(request.get("startRow") or 0))
    limit = min(MOST, max(1, int(request.get("endRow") or offset + BLOCK) - offset))
    sort = [
        (s["colId"], "desc" if s.get("sort") == "desc" else "asc")
        for s in request.get("sortModel") or []
        if s.get("colId") in KNOWN
    ]
    filters = {k: v for k, v in (request.get("filterModel") or {}).items() if k in KNOWN}
    return offset, limit, sort, filters


def where(
    severity: Sequence[str] | None,
    system: Sequence[str] | None,
    owner: Sequence[str] | None,
    status: Sequence[str] | None,
) -> Row:
    """The filters above the grid, without the empty ones."""
    said = {"severity": severity, "system": system, "owner": owner, "status": status}
    return {name: list(values) for name, values in said.items() if values}


def written(row: Row, now: datetime, partners: Mapping[str, str] | None = None, then: Then | None = None) -> Row:
    """A row as the grid shows it: texts, tones, and where it leads. Data stays text all the way; the past stays past."""
    due, tone = words.due(words.parsed(row.get("due_at")), now)
    key = row.get("so") or row.get("order_id") or ""
    status = str(row.get("status") or "")
    return {
        "row_id": str(row.get("case_id") or row.get("order_id")),
        "case_id": row.get("case_id"),
        "version": row.get("version"),
        "can_acknowledge": status == "new" and bool(row.get("case_id")) and not then,
        "href": order_href(key) + (then.query if then else ""),
        "so": str(key) or "–",
        "severity": str(row.get("severity") or "–"),
        "severity_tone": str(row.get("severity") or ""),
        "due_at": due,
        "due_tone": tone,
        "due_under": words.brief(row.get("since"), now) if row.get("since") else "",
        "due_title": f"due {words.instant(row.get('due_at'))}, since {words.instant(row.get('since'))}",
        "customer": str(row.get("customer") or "–"),
        "customer_under": (partners or {}).get(str(row.get("partner")), str(row.get("partner") or "")),
        "cause": words.cause(row.get("cause")) if row.get("cause") else words.words(row.get("code")),
        "cause_under": reason(row),
        "detail": str(row.get("detail") or ""),
        "system": words.system(row.get("system")) or "–",
        "owner": str(row.get("owner") or row.get("team") or "–"),
        "status": words.STATUS.get(status, "–"),
        "status_tone": words.STATUS_TONE.get(status, "low"),
        "value": words.money(row.get("value"), row.get("currency")),
    }


def reason(row: Row) -> str:
    """The second line of a reason: the exception's name where the cause says something else, else the stage."""
    code, cause = str(row.get("code") or ""), str(row.get("cause") or "")
    if cause and code and cause != code:
        return words.words(code)
    return f"stage: {words.event(row['stage']).lower()}" if row.get("stage") else ""


def chosen(selected: Sequence[Row] | None) -> list[tuple[str, int | None]]:
    """(id, version) of the selected rows that are cases still to be acknowledged."""
    return [
        (str(r["case_id"]), int(r["version"])) for r in selected or [] if r.get("case_id") and r.get("can_acknowledge")
    ]
