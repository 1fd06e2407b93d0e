"""An appliance as one finds it in use: people, numbers and texts that look real and are not.

Everything follows from the seed and the model alone, so a rehearsal can be repeated. Numbers are
of the range that is kept for fiction (555-01xx), and none of them is one of the magic numbers that
`scenarios` knows by its last digits.
"""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ffgateway.ffws.configuration import Destination, InboundRoute
from ffgateway.ffws.groups import ContactGroup, Place
from ffgateway.ffws.paths import GLOBAL_LIST
from ffgateway.ffws.people import Contact
from ffgateway.ffws.status import PrinterStatus, ShareStatus
from ffgateway.simulator.people import User
from ffgateway.simulator.placing import Placed
from ffgateway.simulator.receiving import BROKEN_OFF, RECEIVED, Reception
from ffgateway.simulator.scenarios import TEXTS, Outcome

if TYPE_CHECKING:
    from ffgateway.simulator.appliance import Appliance

FIRST: Final = ("Ada", "Ben", "Carla", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas")
LAST: Final = (
    "Abbot",
    "Baker",
    "Castro",
    "Dahl",
    "Evans",
    "Fischer",
    "Gomez",
    "Hale",
    "Ito",
    "Kay",
)
PLACES: Final = ("Radiology", "Cardiology", "Admissions", "Billing", "Pathology", "Records")
PARTNERS: Final = (
    "Mercy General Hospital",
    "Lakeside Pharmacy",
    "Northgate Clinic",
    "Hale & Kay Law",
    "Riverside Imaging",
    "Stone Insurance",
    "County Health Office",
    "Evans Orthopedics",
)
AREAS: Final = ("312", "415", "612", "646", "763", "952")


def furnish(appliance: "Appliance", seed: int) -> None:
    """Put users and contacts on an appliance that has none but the factory's."""
    rng = random.Random(f"{seed}:{appliance.model.name}")  # noqa: S311 - nothing secret hangs on it
    furnish_users(appliance, rng)
    furnish_contacts(appliance, rng)
    furnish_configuration(appliance, rng)
    furnish_logs(appliance, rng)
    furnish_room(appliance, rng)
    furnish_groups(appliance, rng)


def number(rng: random.Random) -> str:
    """A number kept for fiction whose last digits no scenario listens to."""
    return f"{rng.choice(AREAS)}-555-{rng.randrange(101, 110):04d}"


def furnish_users(appliance: "Appliance", rng: random.Random) -> None:
    """A handful of people of one house."""
    for first, last in zip(rng.sample(FIRST, 5), rng.sample(LAST, 5), strict=True):
        username = f"{first[0]}{last}".lower()
        if username in appliance.users:
            continue
        place = rng.choice(PLACES)
        appliance.users.add(
            User(
                username=username,
                password=f"{username}1",
                name=f"{first} {last}",
                email_address=f"{username}@example.com",
                phone_number=number(rng),
                fax_number=number(rng),
                organization=place,
                priority=rng.randrange(6),
            )
        )


def furnish_contacts(appliance: "Appliance", rng: random.Random) -> None:
    """An address book for everybody, and a short one for each user."""
    for partner in PARTNERS:
        appliance.contacts.add(GLOBAL_LIST, _contact(partner, partner, rng))
    for user in tuple(appliance.users):
        for _ in range(rng.randrange(2, 7)):
            name = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
            appliance.contacts.add(user.username, _contact(name, rng.choice(PARTNERS), rng))


def furnish_groups(appliance: "Appliance", rng: random.Random) -> None:
    """A group of partners for everybody, and one of each user's own contacts."""
    partners = [_place(one) for one in appliance.contacts.of(GLOBAL_LIST)]
    chosen = tuple(sorted(rng.sample(partners, 4)))
    group = ContactGroup(name="Referrals", description="Who sends us patients", members=chosen)
    appliance.groups.add(GLOBAL_LIST, group)
    for user in tuple(appliance.users):
        own = [_place(one) for one in appliance.contacts.of(user.username)]
        members = (*sorted(rng.sample(own, 2)), rng.choice(partners))
        group = ContactGroup(name="Daily", description="Faxed every day", members=members)
        appliance.groups.add(user.username, group)


def _place(contact: Contact) -> Place:
    if contact.place is None:
        raise ValueError("a contact of the appliance has a place")
    return contact.place


def furnish_configuration(appliance: "Appliance", rng: random.Random) -> None:
    """Routes for a few extensions and for all the rest, and mail that is let in."""
    setup = appliance.configuration
    people = [user for user in appliance.users if not user.admin]
    for user in rng.sample(people, min(3, len(people))):
        to_user = Destination(type="user", value=user.username)
        setup.add_route(
            InboundRoute(
                name=user.name or user.username,
                scope="extension",
                extension=str(rng.randrange(200, 900)),
                destinations=(to_user,),
            )
        )
    to_all = Destination(type="email", value="faxes@example.com")
    setup.add_route(InboundRoute(name="Front desk", scope="global", destinations=(to_all,)))
    setup.put_t37(
        replace(setup.t37, enabled=True, domain="fax.example.com", allowed_senders=("example.com",))
    )


def furnish_logs(appliance: "Appliance", rng: random.Random) -> None:
    """Three weeks of faxes out and in, one in eight of which failed."""
    lines = len(appliance.lines)
    people = [user.username for user in appliance.users]
    for start in _moments(appliance, rng, 40):
        sent, pages = rng.randrange(8) > 0, rng.randrange(1, 12)
        to = number(rng)
        appliance.placed.append(
            Placed(
                start=start,
                end=start + timedelta(seconds=30 + 12 * pages),
                sent=sent,
                line=rng.randrange(1, lines + 1),
                fax_number=to,
                owner=rng.choice(people),
                fax_key="",
                entry_key="",
                pages=pages if sent else 0,
                message=TEXTS[Outcome.SENT if sent else Outcome.BUSY],
                remote_id=to if sent else "",
            )
        )
    for start in _moments(appliance, rng, 25):
        complete, pages = rng.randrange(8) > 0, rng.randrange(1, 12)
        appliance.sending.receiving.receptions.append(
            Reception(
                start=start,
                end=start + timedelta(seconds=30 + 12 * pages),
                state="received" if complete else "failed",
                line=rng.randrange(1, lines + 1),
                extension=str(rng.randrange(200, 900)),
                recipient="",
                remote_id=number(rng),
                pages=pages if complete else pages - 1,
                message=RECEIVED if complete else BROKEN_OFF.format(page=pages),
            )
        )


def _moments(appliance: "Appliance", rng: random.Random, count: int) -> list[datetime]:
    """Moments of the three weeks before now, in order."""
    past = sorted((rng.randrange(3600, 21 * 86_400) for _ in range(count)), reverse=True)
    return [appliance.now - timedelta(seconds=seconds) for seconds in past]


def furnish_room(appliance: "Appliance", rng: random.Random) -> None:
    """Two printers and a share that received faxes go to. The words of their states are ours."""
    for place in rng.sample(PLACES, 2):
        state = rng.choice(("Ready", "Out of paper"))
        jobs = "0" if state == "Ready" else str(rng.randrange(1, 9))
        printer = PrinterStatus(name=f"{place} printer", status=state, jobs=jobs)
        appliance.printers = (*appliance.printers, printer)
    appliance.shares = (ShareStatus(share="//files.example/faxes", status="Connected"),)


def _contact(name: str, organization: str, rng: random.Random) -> Contact:
    return Contact(
        name=name, fax_number=number(rng), phone_number=number(rng), organization=organization
    )
