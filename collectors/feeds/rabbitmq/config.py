"""How RabbitMQ is reached."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from app.errors import OrderscopeError
from app.pulls import RabbitmqPull
from app.secret import secret

LIBRARY, EXTRA = "pika", "brokers"
#: The account that a fresh broker has, for this machine only.
_GUEST = "guest"
_SECONDS = 10


@contextmanager
def connected(pull: RabbitmqPull) -> Iterator[Any]:
    """A connection of pika. Raises OrderscopeError when there is none to be had."""
    import pika

    password = secret(pull.password_from) if pull.password_from else _GUEST if pull.user == _GUEST else ""
    parameters = pika.ConnectionParameters(
        host=pull.host, port=pull.port, virtual_host=pull.vhost, credentials=pika.PlainCredentials(pull.user, password),
        ssl_options=pika.SSLOptions(ssl.create_default_context(), pull.host) if pull.tls else None,
        socket_timeout=_SECONDS, stack_timeout=_SECONDS * 2, client_properties={"connection_name": "orderscope"},
    )  # fmt: skip
    try:
        connection = pika.BlockingConnection(parameters)
    except (pika.exceptions.AMQPConnectionError, OSError) as fault:
        why = str(fault) or type(fault.__cause__ or fault).__name__
        raise OrderscopeError(f"RabbitMQ at {pull.host}:{pull.port} cannot be reached: {why[:200]}") from None
    try:
        yield connection
    finally:
        with suppress(pika.exceptions.AMQPError):
            connection.close()
