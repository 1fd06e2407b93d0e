"""How a conversation with an appliance can fail, in the wire's own words."""


class FfwsError(Exception):
    """Anything that went wrong between our nouns and an appliance's document."""


class MalformedDocument(FfwsError):
    """A document that is not FFWS: not XML, hostile, or an element that cannot be read.

    `element` is the path of the element at fault (`fax_entry/try_number`), or `""` for all of it.
    """

    def __init__(self, reason: str, *, element: str = "") -> None:
        super().__init__(f"{element}: {reason}" if element else reason)
        self.element = element
        self.reason = reason


class HostileDocument(MalformedDocument):
    """A document refused before it was read: a DTD, an entity, too deep or too large."""


class UnwritableText(FfwsError):
    """A text that XML 1.0 cannot carry: control characters, lone surrogates. `element` names it."""

    def __init__(self, element: str, reason: str) -> None:
        super().__init__(f"{element}: {reason}")
        self.element = element


class ApplianceRefusal(FfwsError):
    """The appliance answered, and the answer was no.

    `message` is its own `<message>`, or `""` when the body held none. `status` is 0 when nothing
    was sent, because it was known beforehand that the answer would be no.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status or ''} {message}".strip())
        self.status = status
        self.message = message


class BadCredentials(ApplianceRefusal):
    """401: the appliance does not know this user or password."""


class NotAllowed(ApplianceRefusal):
    """403: the appliance knows the user and the role does not allow this."""


class NotThere(ApplianceRefusal):
    """404: no such thing on the appliance. To abort or reschedule an unknown fax is a 400."""


class Unsupported(ApplianceRefusal):
    """404 or 405 to an operation this model or firmware lacks, or to a stand-in it never had."""


class ApplianceTrouble(ApplianceRefusal):
    """5xx or an undocumented status: whether the appliance acted is unknown for a write."""
