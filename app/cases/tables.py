"""The tables of the workflow store. Instants are naive UTC; JSON columns hold lists and small objects."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, DateTime, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"})

#: One row per case. `key` hashes (scope, code, subject); `number` counts the cases of one key. `touched` is the
#: place of the last change in the one sequence that also numbers moves: whoever remembers it reads only news.
#: `active` names the Dues that are breached now, `dues` all that ever were, each as `rule:occurrence`. `reopenings` are
#: the times at which its fault came again lately; at `calm_at` the severity falls to `calm_severity`, at `rests_at` what
#: has cleared resolves by itself.
case = Table(
    "case",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("scope", String(40), nullable=False),
    Column("key", String(16), nullable=False),
    Column("number", Integer, nullable=False),
    Column("code", String(64), nullable=False),
    Column("subject_type", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("severity", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("condition", String(16), nullable=False),
    Column("confidence", String(16), nullable=False),
    Column("order_id", String(64)),
    Column("so", Text),
    Column("customer", Text),
    Column("partner", Text),
    Column("system", Text),
    Column("tier", Text),
    Column("channel", Text),
    Column("entity", Text),
    Column("cause", Text),
    Column("owner", Text),
    Column("team", Text),
    Column("value", Text),
    Column("currency", Text),
    Column("rule", String(64)),
    Column("rule_version", String(64)),
    Column("active", JSON, nullable=False),
    Column("dues", JSON, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("flags", JSON, nullable=False),
    Column("opened_at", DateTime, nullable=False),
    Column("started_at", DateTime),
    Column("detected_at", DateTime),
    Column("due_at", DateTime),
    Column("acknowledged_at", DateTime),
    Column("acknowledged_by", Text),
    Column("cleared_at", DateTime),
    Column("cleared_by", String(16)),
    Column("resolved_at", DateTime),
    Column("resolution", String(32)),
    Column("duplicate_of", String(40)),
    Column("closed_at", DateTime),
    Column("waiting_on", Text),
    Column("waiting_until", DateTime),
    Column("snoozed_until", DateTime),
    Column("before_snooze", String(16)),
    Column("reopened", Integer, nullable=False),
    Column("reopenings", JSON, nullable=False),
    Column("flapping", Boolean, nullable=False),
    Column("calm_severity", String(16)),
    Column("calm_at", DateTime),
    Column("rests_at", DateTime),
    Column("previous", String(40)),
    Column("folded_under", String(40)),
    Column("version", Integer, nullable=False),
    Column("touched", BigInteger, nullable=False),
    Index(None, "key", "number", unique=True),
    Index(None, "scope", "touched"),
    Index(None, "scope", "status", "code"),
    Index(None, "order_id"),
)

#: Append-only: one row per change of a case, written in the transaction of the change. `seen` is the version the
#: person acted on, `said` what they said with it, `changes` column -> [from, to].
move = Table(
    "move",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", String(40), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("via", String(16), nullable=False),
    Column("action", String(32), nullable=False),
    Column("from_status", String(16)),
    Column("to_status", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("seen", Integer),
    Column("version", Integer, nullable=False),
    Column("said", JSON, nullable=False),
    Column("changes", JSON, nullable=False),
    Index(None, "case_id", "sequence"),
)

#: How far the engine's intents have been applied, per scope.
applied = Table(
    "applied",
    METADATA,
    Column("scope", String(40), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

#: Intents that could not be applied, as they were meant, and why. `at` is wall time.
set_aside = Table(
    "set_aside",
    METADATA,
    Column("scope", String(40), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", DateTime, nullable=False),
    Column("code", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("intent", Text, nullable=False),
)

#: One row per counter. Its row lock is the pen: numbers are given in the order of commits.
counter = Table(
    "counter",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

#: Answers to requests that carried an Idempotency-Key.
idempotency = Table(
    "idempotency",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("body", String(64), nullable=False),
    Column("answer", JSON, nullable=False),
    Column("stored_at", DateTime, nullable=False),
    Index(None, "stored_at"),
)

person = Table(
    "person",
    METADATA,
    Column("name", String(128), primary_key=True),
    Column("title", Text, nullable=False),
    Column("password", Text),
    Column("roles", JSON, nullable=False),
    Column("team", Text, nullable=False),
    Column("owners", JSON, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", DateTime, nullable=False),
)

#: `hash` is the SHA-256 of the id in the cookie, which is stored nowhere.
session = Table(
    "session",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("person", String(128), nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("expires_at", DateTime, nullable=False),
    Index(None, "expires_at"),
    Index(None, "person"),
)

token = Table(
    "token",
    METADATA,
    Column("name", String(128), primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("last_used_at", DateTime),
    Index(None, "hash", unique=True),
)

sign_in_link = Table(
    "sign_in_link",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("person", String(128), nullable=False),
    Column("expires_at", DateTime, nullable=False),
    Column("used_at", DateTime),
    Index(None, "expires_at"),
)

#: Append-only: one row per rule that a person published here, or withdrew (`text` is empty then).
publication = Table(
    "publication",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("rule", String(16), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("author", String(128), nullable=False),
    Column("via", String(16), nullable=False),
    Column("comment", Text, nullable=False),
    Column("version", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("request_id", String(64), nullable=False),
    Index(None, "rule", "number"),
)

#: The last text of each file of rules that had no fault: it stays in force while the file has one.
rule_file = Table(
    "rule_file",
    METADATA,
    Column("name", String(255), primary_key=True),
    Column("text", Text, nullable=False),
    Column("taken_at", DateTime, nullable=False),
)
