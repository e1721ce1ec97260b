"""The strictness that every declared thing shares: nothing unknown is taken, and nothing changes after start."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A section of a file that people write."""

    model_config = ConfigDict(extra="forbid", frozen=True)
