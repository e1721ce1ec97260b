"""How an SFTP server is reached: its key is compared before anything secret is said."""

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.errors import OrderscopeError, WrongUse
from app.pulls import SftpPull
from app.secret import secret

LIBRARY, EXTRA = "paramiko", "sftp"
_SECONDS = 15
_SILENCE = 60.0


@contextmanager
def connected(pull: SftpPull) -> Iterator[Any]:
    """A client of paramiko in the folder of the pull. Raises OrderscopeError when the server is not the pinned one."""
    import paramiko

    where = f"{pull.host}:{pull.port}"
    try:
        line = socket.create_connection((pull.host, pull.port), _SECONDS)
    except OSError as fault:
        raise OrderscopeError(f"SFTP at {where} cannot be reached: {fault}") from None
    transport = paramiko.Transport(line)
    try:
        transport.start_client(timeout=_SECONDS)
        _compare(transport.get_remote_server_key(), pull)
        _sign_in(transport, pull)
        client = paramiko.SFTPClient.from_transport(transport)
        client.get_channel().settimeout(_SILENCE)
        client.chdir(pull.folder)
        yield client
    except paramiko.AuthenticationException:
        raise OrderscopeError(f"SFTP at {where} does not let {pull.user} in.", "Check the password or key.") from None
    except FileNotFoundError:
        raise OrderscopeError(f"SFTP at {where} has no folder {pull.folder!r}.", "Check `folder`.") from None
    finally:
        transport.close()


def _compare(key: Any, pull: SftpPull) -> None:
    found = str(key.fingerprint).rstrip("=")
    if found != pull.host_key.rstrip("="):
        raise OrderscopeError(
            f"The server at {pull.host}:{pull.port} shows the key {found} ({key.get_name()}), not the declared one.",
            "Ask its owner whether the key has changed; only then change `host_key`.",
        )


def _sign_in(transport: Any, pull: SftpPull) -> None:
    if pull.key_from:
        transport.auth_publickey(pull.user, _private_key(secret(pull.key_from)))
    else:
        transport.auth_password(pull.user, secret(pull.password_from))


def _private_key(text: str) -> Any:
    """A private key of any kind that paramiko reads. Raises WrongUse; the message holds nothing of it."""
    import paramiko

    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text + "\n"))
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise WrongUse(
        "`key_from` names no private key that can be read.", "Give an unencrypted key in PEM or OpenSSH form."
    )
