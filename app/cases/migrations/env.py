"""Alembic's door: runs the migrations on the connection that it is handed."""

from alembic import context

from app.cases.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=False,
    render_as_batch=True,
)
context.run_migrations()
