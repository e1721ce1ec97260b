"""The wires: one folder each, a pure `translate` with a socket in front. Only `app.main` imports this list."""

from collectors.cloudevents import COLLECTOR as CLOUDEVENTS
from collectors.csv import COLLECTOR as CSV
from collectors.edifact import COLLECTOR as EDIFACT
from collectors.epcis import COLLECTOR as EPCIS
from collectors.idoc import COLLECTOR as IDOC
from collectors.ndjson import COLLECTOR as NDJSON
from collectors.ocel import COLLECTOR as OCEL
from collectors.otlp import COLLECTOR as OTLP
from collectors.webhook import COLLECTOR as WEBHOOK
from collectors.x12 import COLLECTOR as X12
from collectors.xes import COLLECTOR as XES
from collectors.xlsx import COLLECTOR as XLSX

COLLECTORS = (CLOUDEVENTS, OTLP, CSV, NDJSON, XLSX, XES, OCEL, WEBHOOK, X12, EDIFACT, EPCIS, IDOC)
