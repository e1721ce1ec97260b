"""Which services answer on this machine. Where one does not, its tests are skipped, or fail when they were asked for."""

import os
import socket

import pytest

PORTS = {"PostgreSQL": 5432, "MariaDB": 3306, "RabbitMQ": 5672, "NATS": 4222}


def need(service: str) -> None:
    """Skip the test, or fail with ORDERSCOPE_REQUIRE_SERVICES=1, unless the service answers."""
    try:
        socket.create_connection(("127.0.0.1", PORTS[service]), 2).close()
    except OSError:
        why = f"{service} does not answer on 127.0.0.1:{PORTS[service]}"
        if os.environ.get("ORDERSCOPE_REQUIRE_SERVICES") == "1":
            pytest.fail(why)
        pytest.skip(why)
