"""Where secrets come from: the environment, or a file that only the program may read. Never the configuration."""

import os
from pathlib import Path

from app.errors import WrongUse

#: Before the path of a file that holds a secret.
FILE = "file:"


def secret(name: str) -> str:
    """What stands in the environment variable `name`, or in the file of `file:PATH`; "" for no name.

    Raises WrongUse where there is nothing; the message never holds a secret.
    """
    if not name:
        return ""
    if name.startswith(FILE):
        path = Path(name.removeprefix(FILE))
        try:
            return path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as fault:
            raise WrongUse(f"{path}: the secret cannot be read ({type(fault).__name__})", "Check the path.") from None
    if name not in os.environ:
        raise WrongUse(f"The environment variable {name} is not set.", "Set it to the secret, or name a `file:`.")
    return os.environ[name]
