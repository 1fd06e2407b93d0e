"""What can go wrong, in our words. Each error has a stable `code`; none knows HTTP or GraphQL.

Errors are named for what the caller can do about them. `field` names the input at fault as the
caller wrote it (`recipients[3].fax_number`), and `cure` says what would be right.
"""

from ffgateway.domain.quotas import Standing


class GatewayError(Exception):
    """Anything the gateway refuses or cannot do. Never raised itself."""

    code = "internal"
    title = "Something went wrong inside the gateway"

    def __init__(self, detail: str, *, field: str | None = None, cure: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.cure = cure


# The caller's input ---------------------------------------------------------------------------


class InvalidRequest(GatewayError):
    """The request cannot be understood as it stands; nothing was done."""

    code = "invalid-request"
    title = "The request is not valid"


class InvalidNumber(InvalidRequest):
    """A fax number that no appliance could dial."""

    code = "invalid-number"
    title = "That is not a number a fax can be sent to"


class TooManyRecipients(InvalidRequest):
    """More recipients than one FFWS request may carry (guide: 400)."""

    code = "too-many-recipients"
    title = "Too many recipients"


class InvalidRecipients(InvalidRequest):
    """Recipients of a batch that are not as they should be; nobody of it is sent to.

    `errors` is a pair of place and message for each, up to a number; `count` is how many there are.
    """

    code = "invalid-recipients"
    title = "Some recipients are not valid"

    def __init__(self, errors: tuple[tuple[str, str], ...], *, count: int) -> None:
        place, message = errors[0]
        told = f"{message.rstrip('.')}, and {count - 1} more." if count > 1 else message
        cure = "Correct them and send the whole batch again: nothing of it was accepted."
        super().__init__(f"{place}: {told}", field=place, cure=cure)
        self.errors = errors
        self.count = count


class AddressRefused(InvalidRequest):
    """A URL that the gateway will not call: private, loopback, or not HTTP."""

    code = "address-refused"
    title = "The gateway does not call that address"


class IdempotencyKeyReused(InvalidRequest):
    """The `Idempotency-Key` was used for another request; nothing was done."""

    code = "idempotency-key-reused"
    title = "That key was used for another request"


# The caller's standing ------------------------------------------------------------------------


class Unauthenticated(GatewayError):
    """No key, or one that is not known."""

    code = "unauthenticated"
    title = "A key is needed"


class TooManyWrongKeys(GatewayError):
    """Too many wrong keys came from this address, or from everywhere; this one was not looked at."""

    code = "too-many-wrong-keys"
    title = "Too many wrong keys"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(
            "Too many wrong keys came in; this one was not looked at.",
            cure=f"Try again in {retry_after} seconds, with a key that is right.",
        )
        self.retry_after = retry_after


class Forbidden(GatewayError):
    """The key is known and lacks the scope, or its limits do not allow this."""

    code = "forbidden"
    title = "The key does not allow this"


# The state of things --------------------------------------------------------------------------


class QuotaExceeded(GatewayError):
    """The principal asked for more than its budget of a minute, or of a day, holds; nothing was done."""

    code = "quota-exceeded"
    title = "That is more than the key may ask for now"

    def __init__(self, *, cost: int, standing: Standing) -> None:
        super().__init__(
            f"This costs {cost}, and {standing.remaining} of {standing.limit} a minute are left.",
            cure="Ask for less."
            if cost > standing.limit
            else f"Ask again in {standing.resets_in} seconds.",
        )
        self.standing = standing
        self.retry_after = standing.resets_in


class DayExceeded(QuotaExceeded):
    """The principal has sent as much as it may on one day; nothing of this was accepted."""

    def __init__(self, what: str, *, cost: int, standing: Standing) -> None:
        super().__init__(cost=cost, standing=standing)
        self.detail = f"This is {cost} {what}, and {standing.remaining} of {standing.limit} for today are left."
        self.cure = (
            f"Send less at a time, or use another key: {standing.limit} is all for a day."
            if cost > standing.limit
            else f"Wait for the next day in UTC, in {standing.resets_in} seconds."
        )


class NotFound(GatewayError):
    """No such thing, or none that the caller may see."""

    code = "not-found"
    title = "There is no such thing"

    def named(self, field: str) -> "NotFound":
        """The same of another input: what looked knows the thing, not where its id was written."""
        return NotFound(self.detail, field=field, cure=self.cure)


class Conflict(GatewayError):
    """The thing is in a state that does not allow this now."""

    code = "conflict"
    title = "The present state does not allow this"


class FaxFinished(Conflict):
    """The fax has reached its end; an end never changes."""

    code = "fax-finished"
    title = "The fax is finished"


class FaxOpen(Conflict):
    """The fax has not come to its end; what is of its end is not there yet."""

    code = "fax-open"
    title = "The fax has not ended"


class NotSealed(Conflict):
    """What was put on record is not sealed yet; it will be in some seconds."""

    code = "not-sealed"
    title = "The record is not sealed yet"
    retry_after = 10  # seconds

    def __init__(self) -> None:
        super().__init__(
            "What is on record of the end is not sealed yet.", cure="Ask again in ten seconds."
        )


class FaxUncertain(Conflict):
    """Whether an appliance has the fax is being found out; nothing may touch it meanwhile."""

    code = "fax-uncertain"
    title = "Whether the appliance has this fax is being found out"


class DeviceBusy(Conflict):
    """The appliance still has faxes of ours, so it cannot be removed."""

    code = "device-busy"
    title = "The appliance still has unfinished faxes"


class ChangedMeanwhile(Conflict):
    """The record was changed since the caller read it; nothing was written."""

    code = "changed-meanwhile"
    title = "The record was changed meanwhile"


class AlreadyExists(Conflict):
    """Another thing has that name already."""

    code = "already-exists"
    title = "That name is taken"


class ConsentRefused(Conflict):
    """An endpoint was asked whether it wants events, and did not say that it does."""

    code = "consent-refused"
    title = "The endpoint does not want events"


class IdempotencyKeyInUse(Conflict):
    """An earlier request with this `Idempotency-Key` is still at work; ask again with the same key."""

    code = "idempotency-key-in-use"
    title = "A request with that key is still at work"
    retry_after = 5  # seconds


class IdempotencyOutcomeUnknown(Conflict):
    """An earlier request with this `Idempotency-Key` left no answer: it may have been done."""

    code = "idempotency-outcome-unknown"
    title = "Whether the request with that key was done is not known"


# The appliances -------------------------------------------------------------------------------


class DeviceError(GatewayError):
    """An appliance could not do what was asked. Never raised itself. `device_id` says which."""

    def __init__(self, device_id: str, detail: str, *, cure: str | None = None) -> None:
        super().__init__(detail, cure=cure)
        self.device_id = device_id


class DeviceUnreachable(DeviceError):
    """The request never reached the appliance: it certainly did not act."""

    code = "device-unreachable"
    title = "The appliance does not answer"


class DeviceSilent(DeviceError):
    """The request may have reached the appliance and no readable answer came: it may have acted."""

    code = "device-silent"
    title = "The appliance gave no readable answer"


class DeviceAuthFailed(DeviceError):
    """The appliance refuses the user name or password that the gateway has for it."""

    code = "device-auth-failed"
    title = "The appliance refuses its credentials"


class DeviceUserRefused(DeviceAuthFailed):
    """The appliance refuses a user whom the caller acts as, and may well take others."""

    code = "device-user-refused"
    title = "The appliance refuses the user who is acted as"


class DeviceUserMissing(DeviceError):
    """The caller acts as somebody alone whom this appliance has no user for; nothing was asked."""

    code = "device-user-missing"
    title = "The appliance has no user for whom the caller acts as"


class DeviceRefused(DeviceError):
    """The appliance answered, and said no. Its own words are in `detail`."""

    code = "device-refused"
    title = "The appliance refused"


class DeviceNotThere(DeviceRefused):
    """The appliance has no such fax, user or resource."""

    code = "device-not-there"
    title = "The appliance has no such thing"


class DeviceOperationUnsupported(DeviceError):
    """This model or firmware does not have the function."""

    code = "device-operation-unsupported"
    title = "The appliance does not have this function"


class DeviceOverloaded(DeviceError):
    """Too many calls to this appliance are under way already; nothing was sent to it."""

    code = "device-overloaded"
    title = "Too many calls to the appliance wait"


class DeviceUntrusted(DeviceError):
    """The appliance's certificate is not the one that was pinned, nor signed by its CA."""

    code = "device-untrusted"
    title = "The appliance's certificate is not trusted"


# The event log --------------------------------------------------------------------------------


class EventsGone(GatewayError):
    """What follows that position is no longer kept, so a reader that went on would miss some.

    `oldest` is the first position that can still be read.
    """

    code = "events-gone"
    title = "The log no longer goes back that far"

    def __init__(self, after: int, *, oldest: int) -> None:
        super().__init__(
            f"The log begins at position {oldest}; the events {after + 1} to {oldest - 1} are gone.",
            field="after",
            cure=f"Look up what you need to know as it is now, and go on after {oldest - 1}.",
        )
        self.oldest = oldest


# The gateway itself ---------------------------------------------------------------------------


class StorageUnavailable(GatewayError):
    """The database, or the place of the documents, does not do now what is asked of it."""

    code = "storage-unavailable"
    title = "What the gateway keeps is out of reach"
    retry_after = 5  # seconds


class StorageFull(StorageUnavailable):
    """There is no room for what was to be kept; nothing of it was."""

    code = "storage-full"
    title = "The gateway has no room left"
    retry_after = 60  # seconds


class IllegalMove(GatewayError):
    """A bug of ours: a status was about to change to one it cannot reach."""

    code = "internal"
