"""The wires: one folder each, a pure `translate` with a socket in front. Only `app.main` imports this list."""

from collectors.cloudevents import COLLECTOR as CLOUDEVENTS
from collectors.csv import COLLECTOR as CSV
from collectors.edifact import COLLECTOR as EDIFACT
from collectors.otlp import COLLECTOR as OTLP
from collectors.xes import COLLECTOR as XES

COLLECTORS = (CLOUDEVENTS, OTLP, CSV, XES, EDIFACT)
