"""The CRM: change events of Salesforce as a relay of its stream posts them."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.demo.world.hours import written
from app.demo.world.order import Fact
from app.demo.world.wires.sent import Sent, entity, line


def messages(facts: Iterable[Fact]) -> Iterator[Sent]:
    """A record that was made, or the fields of it that changed."""
    for fact in facts:
        yield line(fact, {"payload": _payload(fact)})


def _payload(fact: Fact) -> dict[str, Any]:
    made = fact.type == "order.captured"
    said: dict[str, Any] = {
        "ChangeEventHeader": {
            "entityName": "Order", "changeType": "CREATE" if made else "UPDATE", "recordIds": [fact.keys["crm"]],
            "commitTimestamp": fact.written_at * 1000, "transactionKey": f"0000-{fact.number:08x}", "sequenceNumber": 1,
            "changedFields": [] if made else ["Order_Status__c", "LastModifiedDate"],
        }
    }  # fmt: skip
    if made:
        return said | {
            "PoNumber": fact.keys["cpo"], "ERP_Customer__c": fact.data["customer"], "TotalAmount": fact.data["amount"],
            "Status": "Activated",
        }  # fmt: skip
    return said | {
        "ERP_Order_Number__c": fact.keys["so"], "Sales_Org__c": entity(fact.so), "Order_Status__c": fact.data["status"],
        "LastModifiedDate": written(fact.at),
    }  # fmt: skip
