"""Users and contacts, on one appliance at a time.

`owner` is a user of the appliance, `global`, or None for the account that the gateway uses. What a
caller may do there is the appliance's to say as well: it knows the gateway's own account.
"""

from ffgateway.devices import people as device
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.directory import (
    CONTACT_ORDERS,
    RECEIPTS,
    Contact,
    ContactChanges,
    ContactDraft,
    ContactFilter,
    User,
    UserChanges,
    UserDraft,
)
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.evidence import Known
from ffgateway.domain.pages import Page, offset_of, page_from
from ffgateway.domain.records import GLOBAL, RecordId, check_owner
from ffgateway.domain.versions import expect
from ffgateway.services.asking import Asking
from ffgateway.services.learnt import Learnt, there


class Directory:
    """The users and contacts of the appliances, for whoever may."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def user(self, caller: Caller, device_id: str, username: str) -> Known[User]:
        """One user. FFWS lists none, so the name must be known. Raises `DeviceNotThere`."""
        check_username(username)

        async def read(box: Appliance) -> Known[User]:
            return await device.user(box, username)

        return await self._asking.read(caller, Scope.DIRECTORY_READ, "user.get", device_id, read)

    async def verify_user(
        self, caller: Caller, device_id: str, username: str, password: str
    ) -> Known[bool]:
        """Whether a user's password is right. On record, as somebody may be guessing."""
        check_username(username)

        async def ask(box: Appliance) -> Known[bool]:
            return await device.verify(box, username, password)

        return await self._asking.change(
            caller, Scope.DIRECTORY_ADMIN, "user.verify", device_id, ask, user=username
        )

    async def add_user(self, caller: Caller, device_id: str, draft: UserDraft) -> Known[User]:
        """Make a user. Raises `DeviceRefused` for a name that is taken."""
        check_username(draft.username)
        check_password(draft.password)
        check_sending(draft.priority, draft.max_attempts, draft.interval_seconds, draft.receipt)

        learnt = Learnt()

        async def change(box: Appliance) -> Known[User]:
            call = device.add_user(box, draft)
            return await learnt.made(None, draft, call, secrets=("password",))

        return await self._asking.change(
            caller,
            Scope.DIRECTORY_ADMIN,
            "user.add",
            device_id,
            change,
            learnt=learnt,
            user=draft.username,
        )

    async def edit_user(
        self,
        caller: Caller,
        device_id: str,
        username: str,
        changes: UserChanges,
        *,
        seen: str | None = None,
    ) -> Known[User]:
        """Change what is given: read, merged, and written back whole.

        Raises `ChangedMeanwhile` when `seen` is not the version that is there.
        """
        check_username(username)
        if changes.password is not None:
            check_password(changes.password)
        check_sending(
            changes.priority, changes.max_attempts, changes.interval_seconds, changes.receipt or ""
        )

        learnt, secrets = Learnt(), () if changes.password is None else ("password",)

        async def change(box: Appliance) -> Known[User]:
            box.must_have("user.edit")
            before = (await device.user(box, username)).value
            expect(before, seen)
            after = changes.of(before)
            call = device.edit_user(box, after, password=changes.password or "")
            return await learnt.made(before, after, call, secrets=secrets)

        return await self._asking.change(
            caller,
            Scope.DIRECTORY_ADMIN,
            "user.edit",
            device_id,
            change,
            learnt=learnt,
            user=username,
        )

    async def contacts(
        self,
        caller: Caller,
        device_id: str,
        *,
        owner: str | None,
        wanted: ContactFilter,
        cursor: str | None,
        limit: int,
    ) -> Known[Page[Contact]]:
        """A page of an address book, as the appliance orders it."""
        _check_owner(owner)
        if wanted.order and wanted.order not in CONTACT_ORDERS:
            raise InvalidRequest(
                f"Contacts are not sorted by {wanted.order!r}.",
                field="order",
                cure=f"Use one of {', '.join(CONTACT_ORDERS)}.",
            )
        offset = offset_of(cursor)

        async def read(box: Appliance) -> Known[Page[Contact]]:
            known = await device.contacts(
                box, _owner(box, owner), wanted=wanted, offset=offset, limit=limit + 1
            )
            return known.map(lambda found: page_from(found, offset=offset, limit=limit))

        return await self._asking.read(
            caller, Scope.DIRECTORY_READ, "contact.list", device_id, read
        )

    async def contact(self, caller: Caller, device_id: str, record: RecordId) -> Known[Contact]:
        """One contact. Raises `DeviceNotThere`."""

        async def read(box: Appliance) -> Known[Contact]:
            return await device.contact(box, record)

        return await self._asking.read(caller, Scope.DIRECTORY_READ, "contact.get", device_id, read)

    async def add_contact(
        self, caller: Caller, device_id: str, draft: ContactDraft, *, owner: str | None
    ) -> Known[Contact]:
        """Put somebody into an address book."""
        _check_owner(owner)
        check_contact(draft.name, draft.fax_number)

        learnt = Learnt()

        async def change(box: Appliance) -> Known[Contact]:
            call = device.add_contact(box, _owner(box, owner), draft)
            return await learnt.made(None, draft, call)

        return await self._asking.change(
            caller,
            Scope.DIRECTORY_ADMIN,
            "contact.add",
            device_id,
            change,
            learnt=learnt,
            owner=owner or "",
            name=draft.name,
        )

    async def edit_contact(
        self,
        caller: Caller,
        device_id: str,
        record: RecordId,
        changes: ContactChanges,
        *,
        seen: str | None = None,
    ) -> Known[Contact]:
        """Change what is given: read, merged, and written back whole.

        Raises `ChangedMeanwhile` when `seen` is not the version that is there.
        """
        check_contact(changes.name, changes.fax_number)

        learnt = Learnt()

        async def change(box: Appliance) -> Known[Contact]:
            box.must_have("contact.edit")
            before = (await device.contact(box, record)).value
            expect(before, seen)
            after = changes.of(before)
            return await learnt.made(before, after, device.edit_contact(box, after))

        return await self._asking.change(
            caller,
            Scope.DIRECTORY_ADMIN,
            "contact.edit",
            device_id,
            change,
            learnt=learnt,
            contact=str(record),
        )

    async def remove_contact(
        self, caller: Caller, device_id: str, record: RecordId, *, seen: str | None = None
    ) -> Known[None]:
        """Take somebody out of an address book.

        Raises `ChangedMeanwhile` when `seen` is not the version that is there.
        """
        learnt = Learnt()

        async def change(box: Appliance) -> Known[None]:
            box.must_have("contact.delete")
            before = await there(device.contact(box, record), must=seen is not None)
            expect(before, seen)
            return await learnt.made(before, None, device.delete_contact(box, record))

        return await self._asking.change(
            caller,
            Scope.DIRECTORY_ADMIN,
            "contact.delete",
            device_id,
            change,
            learnt=learnt,
            contact=str(record),
        )


def _owner(box: Appliance, owner: str | None) -> str:
    return box.device.username if owner is None else owner


def _check_owner(owner: str | None) -> None:
    if owner is not None:
        check_owner(owner)


def check_username(username: str) -> None:
    """Raise `InvalidRequest` for what no user may be called."""
    check_owner(username, field="username")
    if username in {GLOBAL, "global_contact_list"}:
        raise InvalidRequest(
            f"{username} stands for the list for everybody.",
            field="username",
            cure="Choose another name.",
        )


def check_password(password: str) -> None:
    """What the admin guides ask for: something, and no spaces."""
    if not password or any(letter.isspace() for letter in password):
        raise InvalidRequest(
            "That cannot be a password of an appliance.",
            field="password",
            cure="Use at least one character and no spaces.",
        )


def check_sending(
    priority: int | None, attempts: int | None, interval: int | None, receipt: str
) -> None:
    """Raise `InvalidRequest` for settings for sending that no appliance has."""
    if priority is not None and not 0 <= priority <= 5:
        raise InvalidRequest(
            "There are six priorities.", field="priority", cure="Use 0, the highest, to 5."
        )
    if attempts is not None and attempts < 1:
        raise InvalidRequest(
            "Nothing is sent in less than one attempt.", field="max_attempts", cure="Use 1 or more."
        )
    if interval is not None and interval < 0:
        raise InvalidRequest(
            "A wait is not negative.", field="interval_seconds", cure="Use 0 or more."
        )
    if receipt and receipt not in RECEIPTS:
        raise InvalidRequest(
            f"There is no receipt {receipt!r}.",
            field="receipt",
            cure=f"Use one of {', '.join(RECEIPTS)}.",
        )


def check_contact(name: str | None, fax_number: str | None) -> None:
    """Raise `InvalidRequest` for an empty name or number; None is for what does not change."""
    for field, text in (("name", name), ("fax_number", fax_number)):
        if text is not None and not text.strip():
            raise InvalidRequest(
                f"The contact has no {field.replace('_', ' ')}.", field=field, cure="Give it one."
            )
