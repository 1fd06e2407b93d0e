"""People who fax through an appliance without the gateway."""

from ffgateway.ffws.faxes import InlineAttachment, Recipient, ScheduleFax
from ffgateway.simulator.people import User
from ffgateway.simulator.running import Simulator


def put_in(
    box: Simulator, *numbers: str, username: str = "bob", agent: str = "WebClient"
) -> tuple[str, ...]:
    """Put a fax on an appliance as its web page does; return FAXKEY/ENTRYKEY of each recipient."""
    box.box.catch_up()
    page = InlineAttachment(name="a", content_type="text/plain", size=6, content=b"Hello\n")
    fax = ScheduleFax(
        recipients=tuple(Recipient(fax_number=number, name="Zoe") for number in numbers),
        attachments=(page,),
    )
    entries = box.appliance.schedule(User(username=username, password=""), fax, agent=agent)
    return tuple(f"{one.fax_key}/{one.entry_key}" for one in entries)
