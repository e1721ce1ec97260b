"""How NATS is reached, and what the durable consumer is asked to be."""

from typing import Any

from app.errors import OrderscopeError
from app.pulls import NatsPull
from app.secret import secret

LIBRARY, EXTRA = "nats", "brokers"
_CONNECT_SECONDS = 10
#: Seconds until what was not acknowledged comes again, where the feed could not say so itself.
_ACK_SECONDS = 30


async def connected(pull: NatsPull) -> Any:
    """A connection that ends with its first fault: the line makes a new one. Raises OrderscopeError for none."""
    import nats

    async def quiet(_: Exception) -> None:
        """What goes wrong is raised where it is waited for."""

    try:
        return await nats.connect(
            list(pull.servers), name="orderscope", connect_timeout=_CONNECT_SECONDS, allow_reconnect=False,
            max_reconnect_attempts=1, error_cb=quiet, user=pull.user or None,
            password=secret(pull.password_from) or None, token=secret(pull.token_from) or None,
        )  # fmt: skip
    except (nats.errors.Error, OSError, TimeoutError) as fault:
        why = str(fault) or type(fault).__name__
        raise OrderscopeError(f"NATS at {', '.join(pull.servers)} cannot be reached: {why[:200]}") from None


async def subscribed(connection: Any, pull: NatsPull) -> Any:
    """The durable consumer of the stream; made where it is not there yet, as it is where it is."""
    from nats.js.api import AckPolicy, ConsumerConfig
    from nats.js.errors import NotFoundError

    stream = connection.jetstream()
    try:
        await stream.consumer_info(pull.stream, pull.durable)
    except NotFoundError:
        wanted = ConsumerConfig(
            durable_name=pull.durable, ack_policy=AckPolicy.EXPLICIT, ack_wait=_ACK_SECONDS,
            filter_subject=pull.subject or None, max_ack_pending=max(1000, 2 * pull.batch),
        )  # fmt: skip
        try:
            await stream.add_consumer(pull.stream, wanted)
        except NotFoundError:
            raise OrderscopeError(f"The stream {pull.stream!r} was not found in NATS.", "Check `stream`.") from None
    return await stream.pull_subscribe_bind(pull.durable, pull.stream)
