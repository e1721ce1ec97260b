"""What a mapping says of partners: who an interchange id is, and what that partner's habits change in the tables.

Without a mapping the role of the source's code tells the side (`sup.acme`, `3pl.west`), and the tables hold as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator

from app import plain
from app.errors import WrongUse
from app.model.keys import TYPES
from app.model.taxonomy import EVENTS, role
from app.settings import Code, Source, Strict
from app.strict import ZoneName
from collectors import mapping
from collectors.edifact import codes

KeyType = Annotated[str, Field(pattern=f"^({'|'.join(TYPES)}|)$")]
Side = Literal["customer", "supplier", "3pl", "carrier", "ours", ""]
#: Fields whose values a partner may write in codes of its own.
Coded = Literal["uom", "carrier", "location", "customer", "sku"]


class Partner(Strict):
    """One interchange id. What is left out stays as it is without a mapping."""

    about: str = ""
    code: Code | Literal[""] = Field("", description="The partner as our settings call it.")
    source: Code | Literal[""] = Field("", description="The source that its events name.")
    side: Side = Field("", description="Who it is to us; `ours` is one of our own ids.")
    zone: ZoneName = Field("", description="IANA zone of times that carry none.")
    keys: dict[str, KeyType] = Field(
        default_factory=dict, description="Reference qualifier, or `MESSAGE` for its own number: key type."
    )
    issuers: dict[KeyType, str] = Field(default_factory=dict, description="Key type: whose numbers they are.")
    statuses: dict[str, str] = Field(default_factory=dict, description="Status code of IFTSTA: event type.")
    stock: dict[str, str] = Field(default_factory=dict, description="Quantity qualifier of INVRPT: kind of stock.")
    errors: dict[str, Literal["accepted", "rejected"]] = Field(
        default_factory=dict, description="Error code of APERAK: what it means."
    )
    codes: dict[Coded, dict[str, str]] = Field(default_factory=dict, description="Field: their code: ours.")
    counts: Literal["flag", "reject"] = Field("flag", description="What a message with a wrong segment count is.")

    @field_validator("statuses")
    @classmethod
    def _known(cls, value: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(value.values()) - set(EVENTS) - {""}):
            raise ValueError(f"{unknown[0]!r} is no event type")
        return value


class Agreements(Strict):
    """The mapping of a source: partners by interchange id, and what holds for ids that are not named."""

    about: str = ""
    partners: dict[str, Partner] = Field(default_factory=dict)
    default: Partner = Partner()

    @field_validator("partners", mode="before")
    @classmethod
    def _quoted(cls, value: Any) -> Any:
        if isinstance(value, dict) and (bare := [one for one in value if not isinstance(one, str)]):
            raise ValueError(f"ids stand in quotes, or their zeros are lost: {bare[0]}")
        return value


_NOBODY = Partner()


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for one interchange: side, who sent it, names, zone and tables, all settled."""

    partner: Partner
    side: str
    sent: bool
    assumed: bool
    source: str
    code: str
    zone: str
    sender: str
    receiver: str
    hub: str
    message: str
    known: Agreements

    def speaker(self, event: str) -> str:
        """Whose word an event is: the partner's source where it may assert it, else the one that carried the message."""
        owners = EVENTS[event][0]
        return self.hub if role(self.source) not in owners and role(self.hub) in owners else self.source

    def kind(self, qualifier: str) -> str:
        """The key type of a reference, "" for none."""
        if qualifier in self.partner.keys:
            return self.partner.keys[qualifier]
        special = codes.SPECIAL.get((self.message, self.side, self.sent), {})
        return special.get(qualifier, codes.REFERENCES[self.side].get(qualifier, ""))

    def own(self, message: str) -> str:
        """The key type of a message's own number."""
        return self.partner.keys.get(message, codes.OWN.get((message, self.side), ""))

    def issuer(self, kind: str, parties: Mapping[str, str]) -> str | None:
        """Whose number it is, where it is not as for other wires.

        A number that a third party gave (`codes.GIVERS`) is that party's, where the mapping knows it; an invoice that we
        got is its sender's. `parties` has the ids of the message's parties (NAD) by their role.
        """
        named = self.partner.issuers.get(kind)
        if named:
            return named
        if kind == "inv":
            return None if self.side == "customer" else self.code or (self.receiver if self.sent else self.sender)
        givers = [
            self.known.partners[parties[one]]
            for one in codes.GIVERS.get(kind, ())
            if parties.get(one) in self.known.partners
        ]
        return next(
            (name for one in givers if (name := (one.source if kind == "asn" else "") or one.code or one.source)), None
        )

    def customer(self, buyer: str) -> str | None:
        """The customer, by the buyer that a message names, else by who sent or gets it; None on other sides."""
        if self.side != "customer":
            return None
        return (self.ours("customer", buyer) if buyer else None) or self.partner.code or None

    def ours(self, field: Coded, value: str) -> str | None:
        """Our code for theirs."""
        return self.partner.codes.get(field, {}).get(value, value) or None


def load(source: Source) -> Agreements:
    """The agreements in force for a source. Raises WrongUse for a mapping that is none."""
    return _parsed(mapping.text(source))


@lru_cache(maxsize=64)
def _parsed(text: str) -> Agreements:
    try:
        return Agreements.model_validate(plain.load(text) or {}) if text else Agreements()
    except yaml.YAMLError as fault:
        raise WrongUse(f"mapping: {fault}", "Mend the YAML at that line.") from None
    except ValidationError as fault:
        lines = [f"mapping: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors()]
        raise WrongUse("\n".join(lines), "Correct these parts of the mapping.") from None


def terms(agreements: Agreements, source: Source, code: str, message: str, sender: str, receiver: str) -> Terms:
    """What holds for a message of that kind from that sender, coming by the source `code`."""
    said = agreements.partners.get(sender, agreements.default)
    side = said.side or codes.SIDE_OF_ROLE.get(role(said.source or code), "")
    sent, other = side == "ours", agreements.partners.get(receiver, _NOBODY)
    assumed = not side and message != "CONTRL"
    if sent:
        side = other.side if other.side in codes.SIDES else ""
        assumed = not side and message not in codes.OTHERS
        side = side or codes.USUAL_RECEIVER.get(message, "customer")
    side = side or codes.USUAL_SIDE.get(message, "customer")
    they = other if sent else said
    name = they.code or they.source or ("" if sent else _speaks(code))
    return Terms(
        they, side, sent, assumed, said.source or code, name if side != "customer" else "",
        said.zone or source.zone, sender, receiver, code, message, agreements,
    )  # fmt: skip


def _speaks(code: str) -> str:
    """The source's code where it is a partner's own, and not a hub that many come through."""
    return code if codes.SIDE_OF_ROLE.get(role(code)) in codes.SIDES else ""
