"""A real SFTP server on the loopback, with a folder of its own."""

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import paramiko


class _Door(paramiko.ServerInterface):
    """Lets one account in, by its password or its key."""

    def __init__(self, dock: "Dock") -> None:
        self._dock = dock

    def get_allowed_auths(self, username: str) -> str:
        return "password,publickey"

    def check_auth_password(self, username: str, password: str) -> int:
        self._dock.passwords.append(password)
        good = username == "orderscope" and password == "right"
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        good = username == "orderscope" and key.asbytes() == self._dock.key.asbytes()
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Shelf(paramiko.SFTPServerInterface):
    """The folder as SFTP shows it."""

    def __init__(self, server: Any, dock: "Dock") -> None:
        self._dock = dock

    def _real(self, path: str) -> Path:
        return self._dock.folder / path.lstrip("/")

    def list_folder(self, path: str) -> Any:
        with suppress(OSError):
            found = []
            for file in self._real(path).iterdir():
                found.append(paramiko.SFTPAttributes.from_stat(file.lstat(), file.name))
            return found
        return paramiko.SFTP_NO_SUCH_FILE

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._real(path).stat())
        except OSError as fault:
            return paramiko.SFTPServer.convert_errno(fault.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        try:
            file = self._real(path).open("rb")
        except OSError as fault:
            return paramiko.SFTPServer.convert_errno(fault.errno or 0)
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = file  # type: ignore[attr-defined]
        return handle

    def rename(self, oldpath: str, newpath: str) -> int:
        if self._dock.fixed:
            return paramiko.SFTP_PERMISSION_DENIED
        os.rename(self._real(oldpath), self._real(newpath))
        return paramiko.SFTP_OK

    def mkdir(self, path: str, attr: Any) -> int:
        self._real(path).mkdir()
        return paramiko.SFTP_OK


class Dock:
    """The server. `fixed` lets nobody move a file; `passwords` are those that were tried."""

    host_key = paramiko.ECDSAKey.generate()
    key = paramiko.ECDSAKey.generate()

    def __init__(self, folder: Path) -> None:
        self.folder, self.fixed, self.passwords = folder, False, list[str]()
        folder.mkdir()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            transport = paramiko.Transport(line)
            transport.add_server_key(self.host_key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Shelf, self)
            with suppress(paramiko.SSHException, EOFError, OSError):
                transport.start_server(server=_Door(self))

    def put(self, name: str, body: bytes) -> None:
        """A file, whole."""
        (self.folder / name).write_bytes(body)

    def names(self) -> list[str]:
        """Every file, those in folders too."""
        return sorted(str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file())

    def close(self) -> None:
        """Take no new connection."""
        self._listening.close()
