"""The CRM: change events of Salesforce as a relay of its stream posts them."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.demo.world.hours import written
from app.demo.world.order import Fact
from app.demo.world.wires.sent import Sent, entity, line

_CHANGES = {"order.captured": "CREATE", "batch.missing": "GAP_UPDATE"}


def messages(facts: Iterable[Fact]) -> Iterator[Sent]:
    """A record that was made, the fields of it that changed, or that changes of it are lost."""
    for fact in facts:
        yield line(fact, {"payload": _payload(fact)})


def _payload(fact: Fact) -> dict[str, Any]:
    made, change = fact.type == "order.captured", _CHANGES.get(fact.type, "UPDATE")
    said: dict[str, Any] = {
        "ChangeEventHeader": {
            "entityName": "Order", "changeType": change, "recordIds": [fact.keys["crm"]],
            "commitTimestamp": fact.written_at * 1000, "transactionKey": f"0000-{fact.number:08x}", "sequenceNumber": 1,
            "changedFields": ["Order_Status__c", "LastModifiedDate"] if change == "UPDATE" else [],
        }
    }  # fmt: skip
    if made:
        return said | {
            "PoNumber": fact.keys["cpo"], "ERP_Customer__c": fact.data["customer"], "TotalAmount": fact.data["amount"],
            "Status": "Activated",
        }  # fmt: skip
    if change != "UPDATE":
        return said
    return said | {
        "ERP_Order_Number__c": fact.keys["so"], "Sales_Org__c": entity(fact.so), "Order_Status__c": fact.data["status"],
        "LastModifiedDate": written(fact.at),
    }  # fmt: skip
