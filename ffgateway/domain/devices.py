"""The appliances, in our words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ffgateway.domain.dialling import NO_PLAN, DialPlan
from ffgateway.domain.lines import Printer, Share

Overrides = Mapping[str, Mapping[str, object]]
"""What an operator saw of an appliance: operation -> any of `path`, `method`, `elements` (ours -> its)."""

POOL = r"^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$"
"""The name of a group of appliances."""


AT_ONCE = 1
"""Faxes on their way to an appliance side by side, where nobody says: no public text tells what one bears."""

MOST_AT_ONCE = 8


class Health(StrEnum):
    """What the last look said."""

    UNKNOWN = "unknown"  # never looked at
    ONLINE = "online"
    OFFLINE = "offline"
    AUTH_FAILED = "auth_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How the appliance proves who it is over HTTPS; its certificates are mostly self-signed.

    `ca_pem` verifies the chain against that CA alone. `fingerprint` (SHA-256 of the certificate,
    64 hex digits) pins one certificate and replaces every other check.
    """

    ca_pem: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One appliance. Its password is kept apart and sealed; it is never part of this."""

    id: str
    name: str
    url: str  # scheme, host and port, without a path
    username: str
    model: str  # FF240, FF440, …; "" when nobody said
    zone: str  # IANA name: the appliance's clock shows local time without an offset
    created_at: datetime
    dialect: str = "faxfinder-3"
    trust: Trust = Trust()
    enabled: bool = True
    health: Health = Health.UNKNOWN
    health_detail: str = ""
    last_seen_at: datetime | None = None
    highest_key: str = ""  # the highest FAXKEY seen there; keys rise
    keys_since: datetime | None = None  # when they were last known to begin anew; None: never
    imported_to: str | None = None  # the highest one its list held at first sight; None before it
    shows_all: bool | None = None  # whether it lets us list everybody's faxes; None: never asked
    poll_busy: timedelta = timedelta(seconds=1)
    poll_idle: timedelta = timedelta(seconds=15)
    revision: int = 1
    firmware: str = ""  # 3.5.2; "" when nobody said
    overrides: Overrides = field(default_factory=dict, hash=False)
    pools: tuple[str, ...] = ()  # what a fax may ask for instead of one appliance
    weight: float = 1.0  # how much of the work it gets beside others alike
    submissions_at_once: int = AT_ONCE  # faxes that are on their way to it side by side
    regions: tuple[str, ...] = ()  # +49: the numbers it is preferred for
    clients: tuple[str, ...] = ()  # the keys it is preferred for
    region: str = ""  # ISO 3166: where its line is; "" when numbers are dialled as they are written
    dial_plan: DialPlan = NO_PLAN
    draining_since: datetime | None = None  # takes nothing new, finishes what it has
    degraded_since: datetime | None = None  # fails too often: left alone for a while
    clock_skewed_since: datetime | None = None  # its clock is too far from ours

    @property
    def version(self) -> dict[str, object]:
        """What a version of it is known by: what people set, and not how it fares."""
        return {name: getattr(self, name) for name in SET}

    @property
    def usable(self) -> bool:
        """Whether a fax may be handed to it now."""
        able = self.health in {Health.ONLINE, Health.UNKNOWN}
        return self.enabled and able and self.draining_since is None

    @property
    def side_by_side(self) -> int:
        """How many faxes may be on their way to it now."""
        return side_by_side(
            self.submissions_at_once, health=self.health, degraded=self.degraded_since is not None
        )


def side_by_side(at_once: int, *, health: Health, degraded: bool) -> int:
    """How many faxes may be on their way to an appliance: one alone shows whether it is well."""
    return at_once if health is Health.ONLINE and not degraded else 1


SET = (
    *("id", "name", "url", "username", "model", "zone", "dialect", "trust", "enabled"),
    *("poll_busy", "poll_idle", "firmware", "overrides", "pools", "weight", "regions", "clients"),
    *("submissions_at_once", "region", "dial_plan", "draining_since"),
)
"""The fields of a device that somebody sets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDraft:
    """What somebody who registers an appliance says of it."""

    name: str
    url: str
    username: str
    password: str
    model: str = ""
    zone: str = "UTC"
    dialect: str = "faxfinder-3"
    trust: Trust = Trust()
    poll_busy: timedelta = timedelta(seconds=1)
    poll_idle: timedelta = timedelta(seconds=15)
    firmware: str = ""
    overrides: Overrides = field(default_factory=dict, hash=False)
    pools: tuple[str, ...] = ()
    weight: float = 1.0
    submissions_at_once: int = AT_ONCE
    regions: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    region: str = ""
    dial_plan: DialPlan = NO_PLAN

    def __repr__(self) -> str:
        """Say which, and keep the password out of every log and traceback."""
        return f"DeviceDraft(name={self.name!r}, url={self.url!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One modem, or one channel of an FF240-IP, as it is now."""

    number: int
    state: str  # the appliance's own word
    idle: bool
    page: int = 0
    fax_number: str = ""
    remote_id: str = ""
    baud_rate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """A fax being received."""

    state: str
    line: int | None = None
    extension: str = ""
    remote_id: str = ""
    page: int | None = None
    recipient: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """An appliance looked at: counts, lines, and what is being received. Texts are its own."""

    device_id: str
    lines_sending: int | None = None
    lines_receiving: int | None = None
    lines_idle: int | None = None
    uptime: str = ""
    current_time: str = ""
    time_server: str = ""
    lines: tuple[Line, ...] = ()
    receiving: tuple[Reception, ...] = ()
    printers: tuple[Printer, ...] = ()
    shares: tuple[Share, ...] = ()
