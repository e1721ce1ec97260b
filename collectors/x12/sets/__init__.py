"""The transaction sets that are read: ST01 -> a function from a document to the events it tells."""

from collections.abc import Callable, Iterator

from collectors.x12.document import Document, Draft
from collectors.x12.sets import carriage, money, notice, orders, receipts, stock, warehouse

Reader = Callable[[Document], Iterator[Draft]]

READERS: dict[str, tuple[str, Reader]] = {
    "850": ("BEG", orders.order),
    "855": ("BAK", orders.acknowledgement),
    "860": ("BCH", orders.change),
    "865": ("BCA", orders.acknowledgement),
    "856": ("BSN", notice.advance),
    "940": ("W05", warehouse.request),
    "943": ("W06", warehouse.notice),
    "944": ("W17", warehouse.receipt),
    "945": ("W06", warehouse.shipment),
    "947": ("W15", stock.adjustment),
    "846": ("BIA", stock.snapshot),
    "810": ("BIG", money.invoice),
    "812": ("BCD", money.credit),
    "820": ("BPR", money.payment),
    "204": ("B2", carriage.tender),
    "990": ("B1", carriage.answer),
    "214": ("B10", carriage.status),
    "210": ("B3", carriage.freight_bill),
    "180": ("BGN", money.goods_return),
    "753": ("BGN", carriage.routing_request),
    "754": ("BGN", carriage.routing),
    "997": ("AK1", receipts.functional),
    "999": ("AK1", receipts.functional),
}
#: Of TA1, which stands in no transaction.
INTERCHANGE: Reader = receipts.interchange
