"""Who may use the appliance, and what each may see."""

import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from ffgateway.ffws.paths import GLOBAL_LIST
from ffgateway.simulator.refusals import Refused


class Role(StrEnum):
    """Documented as two levels: administrators see everything, users their own."""

    ADMIN = "admin"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account on the appliance.

    The defaults of the sending settings are those of the guide's sample user. A fax names the
    same things otherwise: `max_tries` and `try_interval`.
    """

    username: str
    password: str = field(repr=False)
    role: Role = Role.USER
    name: str = ""
    email_address: str = ""
    phone_number: str = ""
    fax_number: str = ""
    organization: str = ""
    priority: int = 1
    max_attempts: int = 2
    interval: int = 600  # seconds
    receipt: str = "never"
    receipt_attachment: str = "none"

    @property
    def admin(self) -> bool:
        """Whether this user sees and changes what belongs to others."""
        return self.role is Role.ADMIN


FACTORY_USERS: Final = (
    User(username="admin", password="admin", role=Role.ADMIN, name="Administrator"),  # noqa: S106 - the factory's own, printed in every example of the guide
)


class Users:
    """The accounts of one appliance."""

    def __init__(self, users: Iterable[User]) -> None:
        self._users = {user.username: user for user in users}

    def authenticate(self, username: str, password: str) -> User | None:
        """Return the user these credentials belong to, or None."""
        user = self._users.get(username)
        if user is None or not hmac.compare_digest(user.password.encode(), password.encode()):
            return None
        return user

    def seen_by(self, asking: User, username: str) -> User:
        """Return a user's record to whoever may read it: the user, or an administrator.

        Refuses with 403 and 404 as documented. That a plain user gets 403 rather than 404 for a
        name that does not exist is inferred: the role is looked at first.
        """
        if not asking.admin and asking.username != username:
            raise Refused(403, "Permission denied")
        user = self._users.get(username)
        if user is None:
            raise Refused(404, "User not found")
        return user

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())

    def __contains__(self, username: str) -> bool:
        return username in self._users

    def add(self, user: User) -> User:
        """Take a user in. Refuses with 400 a bad or taken name and a bad password (inferred)."""
        if not _WORD.fullmatch(user.username) or user.username == GLOBAL_LIST:
            raise Refused(400, "Invalid username")
        if user.username in self._users:
            raise Refused(400, "Username already exists")
        _check(user)
        self._users[user.username] = user
        return user

    def change(self, username: str, given: Mapping[str, Any]) -> User:
        """Change what is given of a user; the name in the path stands (inferred: it cannot change)."""
        if username not in self._users:
            raise Refused(404, "User not found")
        changed = replace(self._users[username], **given)
        _check(changed)
        self._users[username] = changed
        return changed


_WORD: Final = re.compile(r"[A-Za-z0-9._@-]{1,64}")
"""The admin guides say alphanumeric and no spaces; what else real units let pass is not public."""


def _check(user: User) -> None:
    """Refuse what cannot be (inferred, but for passwords without spaces, which is documented)."""
    if not user.password or any(letter.isspace() for letter in user.password):
        raise Refused(400, "Invalid password")
    if not 0 <= user.priority <= 5 or user.max_attempts < 1 or user.interval < 0:
        raise Refused(400, "Invalid sending settings")
    if user.receipt not in {"never", "failure", "always"}:
        raise Refused(400, "Invalid receipt")
