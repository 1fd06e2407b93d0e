"""What may be said of an appliance at all: each check raises `InvalidRequest` with what would be right."""

import re
import ssl
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ffgateway.devices.trust import verifier
from ffgateway.domain.devices import MOST_AT_ONCE, POOL, Trust
from ffgateway.domain.dialling import DialPlan
from ffgateway.domain.errors import InvalidRequest
from ffgateway.services.numbers import known_region

REGION = r"^\+[1-9][0-9]{0,9}$"
CLIENT = r"^key_[0-9A-HJKMNP-TV-Z]{26}$"
"""What names a pool, the numbers of a region, and a client."""

FORMS = {
    "pools": "small letters, digits and hyphens",
    "regions": "the beginning of international numbers, such as +49 or +1212",
    "clients": "the ids of API keys",
}
DIALLED = r"^[0-9,]{0,10}$"
"""What may stand before a number."""

MOST_EXTENSION_DIGITS = 8
LIGHTEST, HEAVIEST = 0.1, 100.0


def check_device(url: str, zone: str, trust: Trust, dialect: str) -> None:
    """Raise `InvalidRequest` for what no appliance could have."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.query:
        raise InvalidRequest(
            "That is not the address of an appliance.",
            field="url",
            cure="Use http:// or https://, a host, and a port if need be.",
        )
    if parts.path.strip("/") or parts.fragment:
        raise InvalidRequest(
            "The address goes on behind the host.", field="url", cure="Leave the path out."
        )
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise InvalidRequest(
            f"{zone!r} is not a time zone.",
            field="zone",
            cure="Use an IANA name such as America/Chicago.",
        ) from None
    if dialect not in {"faxfinder-2", "faxfinder-3"}:
        raise InvalidRequest(
            f"{dialect!r} is not a dialect.",
            field="dialect",
            cure="Use faxfinder-3, or faxfinder-2 for firmware before 3.0.4.",
        )
    _check_trust(trust)


def check_dialling(region: str, plan: DialPlan) -> None:
    """Raise `InvalidRequest` for a country nobody knows, or what no line dials."""
    if region and not known_region(region):
        raise InvalidRequest(
            f"{region!r} is no country with telephone numbers.",
            field="region",
            cure="Use an ISO 3166 code such as US, DE or GB.",
        )
    for name in ("outside", "international", "national"):
        if not re.fullmatch(DIALLED[1:-1], getattr(plan, name), re.ASCII):
            raise InvalidRequest(
                "That cannot be dialled.",
                field=f"dial_plan.{name}",
                cure="Use at most 10 digits, and commas for pauses.",
            )
    if not 0 <= plan.extension_digits <= MOST_EXTENSION_DIGITS:
        raise InvalidRequest(
            "Extensions are not as long as that.",
            field="dial_plan.extension_digits",
            cure=f"Use 0 to {MOST_EXTENSION_DIGITS}.",
        )


def check_at_once(count: int) -> None:
    """Raise `InvalidRequest` for a number of faxes side by side that is none."""
    if not 1 <= count <= MOST_AT_ONCE:
        raise InvalidRequest(
            f"{count} faxes cannot be on their way at once.",
            field="submissions_at_once",
            cure=f"Use 1 to {MOST_AT_ONCE}.",
        )


def check_share(
    pools: tuple[str, ...], weight: float, regions: tuple[str, ...], clients: tuple[str, ...]
) -> None:
    """Raise `InvalidRequest` for a part in the work that means nothing."""
    forms = (("pools", POOL, pools), ("regions", REGION, regions), ("clients", CLIENT, clients))
    for name, form, given in forms:
        for index, one in enumerate(given):
            if not re.fullmatch(form[1:-1], one, re.ASCII):
                raise InvalidRequest(
                    f"{one!r} is none.", field=f"{name}[{index}]", cure=f"Use {FORMS[name]}."
                )
    if not LIGHTEST <= weight <= HEAVIEST:
        raise InvalidRequest(
            f"{weight} is no weight.", field="weight", cure=f"Use {LIGHTEST} to {HEAVIEST:g}."
        )


def _check_trust(trust: Trust) -> None:
    if trust.fingerprint and not re.fullmatch("[0-9a-fA-F]{64}", trust.fingerprint):
        raise InvalidRequest(
            "That is not a SHA-256 fingerprint.", field="fingerprint", cure="Use 64 hex digits."
        )
    try:
        verifier(trust)
    except (ssl.SSLError, ValueError):
        raise InvalidRequest(
            "That is not a certificate in PEM form.",
            field="ca_pem",
            cure="Give the text from BEGIN CERTIFICATE to END CERTIFICATE.",
        ) from None
