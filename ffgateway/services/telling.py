"""A call that came in, told to subscribers and put on record."""

from datetime import datetime

from ffgateway.domain.access import GATEWAY
from ffgateway.domain.events import OF_INBOUND, inbound_event
from ffgateway.domain.inbound import InboundFax
from ffgateway.services.audited import line
from ffgateway.store.transaction import Transaction


def tell(tx: Transaction, fax: InboundFax, *, at: datetime) -> None:
    """Say what a call has come to, with the commit of the transaction."""
    settled_by = fax.settled_by.value if fax.settled_by else None
    tx.tell(inbound_event(fax, at=at))
    tx.note(
        line(
            GATEWAY,
            OF_INBOUND[fax.status].value,
            fax.id,
            at=at,
            device=fax.device_id,
            status=fax.status.value,
            settled_by=settled_by,
        )
    )
