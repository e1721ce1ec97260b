"""How a case comes and goes: when it was reopened, whether it flaps, to which severity it falls, when it rests."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Cases that stand have neither flapped nor calmed down; those that wait to be closed by hand rest a day after."""
    with op.batch_alter_table("case") as table:
        table.add_column(sa.Column("reopenings", sa.JSON, nullable=False, server_default="[]"))
        table.add_column(sa.Column("flapping", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("calm_severity", sa.String(16)))
        table.add_column(sa.Column("calm_at", sa.DateTime))
        table.add_column(sa.Column("rests_at", sa.DateTime))
    _rest()


def _rest() -> None:
    """What has cleared while somebody worked on it used to rest a day after it had."""
    columns: list[Any] = [sa.column("id"), sa.column("cleared_at", sa.DateTime), sa.column("rests_at", sa.DateTime)]
    case = sa.table("case", *columns, sa.column("status"), sa.column("condition"))
    waiting = sa.select(case.c.id, case.c.cleared_at).where(
        case.c.status == "in_progress", case.c.condition == "cleared", case.c.cleared_at.is_not(None)
    )
    connection = op.get_bind()
    for key, cleared_at in connection.execute(waiting).all():
        rests = sa.update(case).where(case.c.id == key).values(rests_at=cleared_at + timedelta(days=1))
        connection.execute(rests)
