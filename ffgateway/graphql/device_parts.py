"""What every part of the type `Device` hangs on.

The fields of `Device` that ask an appliance stand in the room of their noun, in a class of their
own below `OfDevice`; `devices.Device` inherits them all. Such fields are nullable: an appliance
that is down gives null and an error that names it, and the rest of the query is answered.
"""

import strawberry


@strawberry.type
class OfDevice:
    """Something that belongs to one device."""

    id: strawberry.ID
