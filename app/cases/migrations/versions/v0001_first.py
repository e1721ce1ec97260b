"""The first shape: cases, moves, people, tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _case() -> None:
    op.create_table(
        "case",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("scope", sa.String(40), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("subject_type", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("condition", sa.String(16), nullable=False),
        sa.Column("confidence", sa.String(16), nullable=False),
        sa.Column("order_id", sa.String(64)),
        sa.Column("so", sa.Text),
        sa.Column("customer", sa.Text),
        sa.Column("partner", sa.Text),
        sa.Column("system", sa.Text),
        sa.Column("tier", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("entity", sa.Text),
        sa.Column("cause", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("value", sa.Text),
        sa.Column("currency", sa.Text),
        sa.Column("rule", sa.String(64)),
        sa.Column("rule_version", sa.String(64)),
        sa.Column("active", sa.JSON, nullable=False),
        sa.Column("dues", sa.JSON, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("flags", sa.JSON, nullable=False),
        sa.Column("opened_at", sa.DateTime, nullable=False),
        sa.Column("started_at", sa.DateTime),
        sa.Column("detected_at", sa.DateTime),
        sa.Column("due_at", sa.DateTime),
        sa.Column("acknowledged_at", sa.DateTime),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("cleared_at", sa.DateTime),
        sa.Column("cleared_by", sa.String(16)),
        sa.Column("resolved_at", sa.DateTime),
        sa.Column("resolution", sa.String(32)),
        sa.Column("duplicate_of", sa.String(40)),
        sa.Column("closed_at", sa.DateTime),
        sa.Column("waiting_on", sa.Text),
        sa.Column("waiting_until", sa.DateTime),
        sa.Column("snoozed_until", sa.DateTime),
        sa.Column("before_snooze", sa.String(16)),
        sa.Column("reopened", sa.Integer, nullable=False),
        sa.Column("previous", sa.String(40)),
        sa.Column("folded_under", sa.String(40)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("touched", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_case_key_number", "case", ["key", "number"], unique=True)
    op.create_index("ix_case_order_id", "case", ["order_id"])
    op.create_index("ix_case_scope_status_code", "case", ["scope", "status", "code"])
    op.create_index("ix_case_scope_touched", "case", ["scope", "touched"])


def _move() -> None:
    op.create_table(
        "move",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("from_status", sa.String(16)),
        sa.Column("to_status", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("seen", sa.Integer),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("said", sa.JSON, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
    )
    op.create_index("ix_move_case_id_sequence", "move", ["case_id", "sequence"])


def _applied() -> None:
    op.create_table(
        "applied",
        sa.Column("scope", sa.String(40), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )


def _counter() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("body", sa.String(64), nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("stored_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_idempotency_stored_at", "idempotency", ["stored_at"])


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("owners", sa.JSON, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(128), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("expires_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_session_expires_at", "session", ["expires_at"])
    op.create_index("ix_session_person", "session", ["person"])


def _token() -> None:
    op.create_table(
        "token",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("last_used_at", sa.DateTime),
    )
    op.create_index("ix_token_hash", "token", ["hash"], unique=True)


def _sign_in_link() -> None:
    op.create_table(
        "sign_in_link",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(128), nullable=False),
        sa.Column("expires_at", sa.DateTime, nullable=False),
        sa.Column("used_at", sa.DateTime),
    )
    op.create_index("ix_sign_in_link_expires_at", "sign_in_link", ["expires_at"])


def upgrade() -> None:
    """Create every table."""
    _case()
    _move()
    _applied()
    _counter()
    _idempotency()
    _person()
    _session()
    _token()
    _sign_in_link()
