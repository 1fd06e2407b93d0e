"""An appliance in memory: its queue, its lines and its people, in simulated time.

Nouns of the wire come in and go out; whoever asks is a `User`. Time comes in through
`advance(now)` and in no other way. Nothing here reads a clock, opens a socket or knows HTTP,
but for the status codes of `Refused`, which are the appliance's own words.

Written from the vendor's guide and what clients of real units show, not from the gateway.
Where neither says anything the choice made here is marked "inferred".
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final
from zoneinfo import ZoneInfo

from ffgateway.ffws.faxes import CoverPage, FaxEntry, Recipient, ScheduleFax, WireState
from ffgateway.ffws.status import PrinterStatus, ShareStatus
from ffgateway.simulator.configuration import Configuration
from ffgateway.simulator.contacts import Contacts
from ffgateway.simulator.documents import Document, cover_page, pages_of
from ffgateway.simulator.entries import CLASSES, Entries, Entry, Terms
from ffgateway.simulator.groups import Groups
from ffgateway.simulator.lines import Lines
from ffgateway.simulator.models import RECIPIENTS_LIMIT, Model, model_named
from ffgateway.simulator.people import FACTORY_USERS, User, Users
from ffgateway.simulator.placing import Placed
from ffgateway.simulator.receiving import Reception
from ffgateway.simulator.refusals import Refused
from ffgateway.simulator.scenarios import scenario_for
from ffgateway.simulator.seeding import furnish
from ffgateway.simulator.sending import Sending, Timing

INTERNAL_ERROR: Final = "scheduling failed: internal error"
"""What a real FF240 answered to a request it could find no recipient or attachment in."""

# Device-wide defaults are not public (3 tries at priority 3 occur in every sample): inferred.
DEFAULT_TRIES: Final = 3
DEFAULT_PRIORITY: Final = 3
DEFAULT_INTERVAL: Final = 60

COVER_PAGES_PATH: Final = "/ffws/v1/data/cover_pages/"

FFWS: Final = "FFWS"
"""The agent of what came by the web service (documented, as is `WebClient`)."""

COMPLETE_LIMIT: Final = 10  # documented, as are the two below
PENDING_LIMIT: Final = 10
SENDING_LIMIT: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a unit says of itself. No real serial number or address is public: these are made up."""

    host: str
    serial_number: str = "SIM00000001"
    mac_address: str = "00:08:00:00:00:01"
    time_server: str = "pool.ntp.org"


class Appliance:
    """One unit. Call `advance` before anything that should see the present."""

    def __init__(
        self,
        model: str | Model = "FF440",
        *,
        now: datetime,
        users: Iterable[User] = FACTORY_USERS,
        zone: str = "UTC",
        timing: Timing | None = None,
        firmware: tuple[int, ...] = (),
        calls_itself: str = "",
        seed: int | None = None,
    ) -> None:
        self.own_lists_only = False  # refuse `all_users` to everyone; see `listing`
        self.model = model if isinstance(model, Model) else model_named(model)
        self.firmware = firmware or self.model.firmware
        self.identity = Identity(host=calls_itself or self.model.host)
        self.users = Users(users)
        self.contacts = Contacts(self.users)
        self.groups = Groups(self.contacts.__contains__)
        self.configuration = Configuration(self.model)
        self.global_contacts_open = False  # whether users may write to the global list
        self.printers: tuple[PrinterStatus, ...] = ()
        self.shares: tuple[ShareStatus, ...] = ()
        self.zone = ZoneInfo(zone)
        self.clock_off = timedelta(0)  # how far its clock is ahead of the simulated present
        self.timing = timing or Timing()
        self._seed = seed
        self._fax_numbers = count(1)
        self._sequence = count()
        self._begin(now)
        if seed is not None:
            furnish(self, seed)

    def _begin(self, now: datetime) -> None:
        self.started = now
        self.entries = Entries()
        self.lines = Lines(self.model.lines)
        self.sending = Sending(
            self.entries, self.lines, now=now, timing=self.timing, seed=self._seed
        )

    # Time

    @property
    def now(self) -> datetime:
        """The moment up to which everything has happened."""
        return self.sending.now

    def is_up(self) -> bool:
        """Whether it answers at all: False during a restart."""
        return self.now >= self.sending.down_until

    def advance(self, now: datetime) -> None:
        """Let everything happen that happens up to `now`."""
        self.sending.advance(now)

    @property
    def placed(self) -> deque[Placed]:
        """Return the calls it placed that are over, the oldest first."""
        return self.sending.placed

    @property
    def receptions(self) -> Sequence[Reception]:
        """The calls that came in and are over, the oldest first."""
        return self.sending.receiving.receptions

    @property
    def base_url(self) -> str:
        """What its URLs begin with: always https (observed), its own idea of its name."""
        return f"https://{self.identity.host}"

    def reset(self) -> None:
        """Forget every fax. Keys go on rising, so that no key ever names two faxes."""
        self._begin(self.now)

    def factory_reset(self) -> None:
        """Forget every fax, and begin the keys anew (inferred: what a reset does to keys is not public)."""
        self._fax_numbers = count(1)
        self._begin(self.now)

    def local(self, moment: datetime | None) -> datetime | None:
        """Put a moment on the unit's own wall clock: naive, whole seconds."""
        if moment is None:
            return None
        shown = moment.astimezone(self.zone) + self.clock_off
        return shown.replace(microsecond=0, tzinfo=None)

    # Scheduling

    def schedule(self, user: User, fax: ScheduleFax, *, agent: str = FFWS) -> tuple[FaxEntry, ...]:
        """Accept a fax: one entry for each recipient, in the order of the request.

        `agent` is what brought it: the web service, the unit's web page (`WebClient`), or others
        whose words are not public.

        Refuses with 400 what has no recipient or no attachment (observed, with this text), more
        than 400 recipients (limit documented, answer inferred) and what cannot be converted.
        """
        if not fax.recipients or not fax.attachments:
            raise Refused(400, INTERNAL_ERROR)
        if not all(recipient.fax_number.strip() for recipient in fax.recipients):
            raise Refused(400, INTERNAL_ERROR)
        if len(fax.recipients) > RECIPIENTS_LIMIT:
            raise Refused(400, f"scheduling failed: more than {RECIPIENTS_LIMIT} recipients")
        document = pages_of(fax)
        fax_key = f"{next(self._fax_numbers):08X}"
        accepted = [
            self._entry(
                user,
                fax,
                recipient,
                key=(fax_key, f"{number:04X}"),
                document=document,
                agent=agent,
            )
            for number, recipient in enumerate(fax.recipients)
        ]
        for entry in accepted:
            self.entries.add(entry)
            self.sending.accept(entry)
        return tuple(map(self.shown, accepted))

    def _entry(
        self,
        user: User,
        fax: ScheduleFax,
        recipient: Recipient,
        *,
        key: tuple[str, str],
        document: Document,
        agent: str,
    ) -> Entry:
        fax_key, entry_key = key
        at = fax.schedule_all_at
        return Entry(
            fax_key=fax_key,
            entry_key=entry_key,
            sequence=next(self._sequence),
            owner=user.username,
            agent=agent,
            recipient=recipient,
            # The owner is whoever asks, whatever the request says (inferred from a fixture).
            sender=replace(fax.sender, username=user.username),
            cover_page=self._cover_page(fax.cover_page),
            terms=_terms(fax),
            scenario=scenario_for(recipient.fax_number),
            document=document,
            created=self.now,
            # `schedule_all_at` is UTC: inferred from a client that converts to it.
            not_before=self.now if at is None else at.replace(tzinfo=UTC),
        )

    def _cover_page(self, asked: CoverPage) -> CoverPage:
        if not asked.enabled:
            return replace(asked, url="")
        return replace(asked, url=asked.url or f"{self.base_url}{COVER_PAGES_PATH}default.pdf")

    # Viewing

    def view(self, user: User, fax_key: str, entry_key: str | None = None) -> tuple[FaxEntry, ...]:
        """Return a fax by its key. 404 for one that is unknown or another's (inferred)."""
        found = [entry for entry in self.entries.find(fax_key, entry_key) if _may(user, entry)]
        if not found:
            raise Refused(404, "Fax not found")
        return tuple(map(self.shown, found))

    def listing(
        self,
        user: User,
        *,
        all_users: bool = False,
        complete_limit: int = COMPLETE_LIMIT,
        class_name: str | None = None,
    ) -> tuple[FaxEntry, ...]:
        """Return the queue: one's own, or everybody's for an administrator who asks.

        That `all_users` of anyone else is passed over rather than refused is inferred, and so is
        400 for an unknown class. With `own_lists_only` it is refused with 403, as it may be as well.
        """
        if all_users and self.own_lists_only:
            raise Refused(403, "Permission denied")
        owner = None if all_users and user.admin else user.username
        found = self.entries.listed(owner=owner, states=_states(class_name), limit=complete_limit)
        return tuple(map(self.shown, found))

    def outbound(
        self,
        user: User,
        *,
        class_name: str | None = None,
        pending_limit: int = PENDING_LIMIT,
        sending_limit: int = SENDING_LIMIT,
    ) -> tuple[FaxEntry, ...]:
        """Return what waits and what is being sent; 404 when there is nothing (documented).

        Whose faxes it shows is not public: one's own, an administrator's view is everybody's
        (inferred). Sending ones come first (inferred).
        """
        if class_name not in {None, "pending", "sending"}:
            raise Refused(400, "Unknown class")
        limits = {"sending": sending_limit, "pending": pending_limit}
        owner = None if user.admin else user.username
        found = [
            entry
            for name, limit in limits.items()
            if class_name in {None, name}
            for entry in self.entries.listed(owner=owner, states=CLASSES[name], limit=0)[
                : max(limit, 0)
            ]
        ]
        if not found:
            raise Refused(404, "No outbound faxes")
        return tuple(map(self.shown, found))

    def shown(self, entry: Entry) -> FaxEntry:
        """Return an entry as an answer has it, its times on the unit's wall clock."""
        return FaxEntry(
            fax_key=entry.fax_key,
            entry_key=entry.entry_key,
            state=entry.state,
            raw_state=entry.state.value,
            recipient=entry.recipient,
            schedule_message=entry.message,
            created=self.local(entry.created),
            stime=self.local(entry.stime),
            try_number=entry.try_number,
            agent=entry.agent,
            cover_page=entry.cover_page,
            sender=entry.sender,
            max_tries=entry.terms.max_tries,
            priority=entry.terms.priority,
            try_interval=entry.terms.try_interval,
            receipt=entry.terms.receipt,
            receipt_attachment=entry.terms.receipt_attachment,
            pages=entry.pages,
            approver=entry.approver,
            approval_time=self.local(entry.approval_time),
            modem_info=self._modem_info(entry),
        )

    def _modem_info(self, entry: Entry) -> tuple[tuple[str, str], ...]:
        """Return the two elements whose names are documented; there only after a full attempt."""
        if entry.last_call is None:
            return ()
        names = ("init_time", "connect_time")
        times = map(_written, map(self.local, entry.last_call))
        return (*zip(names, times, strict=True), *entry.scenario.modem)

    # Changing

    def abort(self, user: User, fax_key: str, entry_key: str | None = None) -> None:
        """Ask for the end of an entry or of a whole fax; it comes a moment later.

        Refuses with 400 what is not found, not one's own (both documented) or complete already
        (inferred). That an administrator may abort others' is inferred.
        """
        open_ones = [entry for entry in self._own(user, fax_key, entry_key) if not entry.complete]
        if not open_ones:
            raise Refused(400, "Fax cannot be aborted")
        for entry in open_ones:
            self.sending.abort(entry)

    def reschedule(
        self, user: User, fax_key: str, entry_key: str | None = None, *, at: datetime | None = None
    ) -> None:
        """Send at `at` (naive, UTC), or now. Complete faxes still in the list go out again.

        Refuses with 400 what is not found or not one's own (documented). A fax being sent is
        accepted and left as it is (documented).
        """
        found = [entry for entry in self._own(user, fax_key, entry_key) if entry.listed]
        if not found:
            raise Refused(400, "Fax cannot be rescheduled")
        for entry in found:
            self.sending.reschedule(entry, self.now if at is None else at.replace(tzinfo=UTC))

    def approve(self, fax_key: str, entry_key: str | None = None, *, approver: str) -> None:
        """Approve what waits for it: a thing of the unit's web pages, not of its web service."""
        waiting = [
            entry
            for entry in self.entries.find(fax_key, entry_key)
            if entry.state is WireState.APPROVAL_PENDING
        ]
        if not waiting:
            raise Refused(404, "Nothing waits for approval")
        for entry in waiting:
            self.sending.approve(entry, approver)

    def _own(self, user: User, fax_key: str, entry_key: str | None) -> list[Entry]:
        return [entry for entry in self.entries.find(fax_key, entry_key) if _may(user, entry)]

    # Data resources: their URLs are documented, that they are read so is inferred

    def preview(self, user: User, fax_key: str, entry_key: str) -> bytes:
        """Return the PDF of an entry; 404 when it is gone or another's."""
        found = self._own(user, fax_key, entry_key)
        if not found or not found[0].document.preview:
            raise Refused(404, "Preview not found")
        return found[0].document.preview

    def cover_page(self, name: str) -> bytes:
        """Return a stored cover page."""
        return cover_page(name)


def _terms(fax: ScheduleFax) -> Terms:
    return Terms(
        max_tries=DEFAULT_TRIES if fax.max_tries is None else fax.max_tries,
        priority=DEFAULT_PRIORITY if fax.priority is None else fax.priority,
        try_interval=DEFAULT_INTERVAL if fax.try_interval is None else fax.try_interval,
        receipt="never" if fax.receipt is None else fax.receipt,
        receipt_attachment="none" if fax.receipt_attachment is None else fax.receipt_attachment,
    )


def _states(class_name: str | None) -> frozenset[WireState]:
    if class_name is None:
        return frozenset(WireState)
    if class_name not in CLASSES:
        raise Refused(400, "Unknown class")
    return CLASSES[class_name]


def _may(user: User, entry: Entry) -> bool:
    return user.admin or entry.owner == user.username


def _written(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()
