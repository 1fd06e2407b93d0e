"""Who somebody is on each appliance, kept, and the passwords, sealed."""

from sqlalchemy import delete, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.acting import ActingUser
from ffgateway.store.tables import ActingUserRow, FaxRow
from ffgateway.store.vault import Vault


class ActingStore:
    """The users of appliances that somebody is, within one transaction."""

    def __init__(self, session: AsyncSession, vault: Vault) -> None:
        self._session = session
        self._vault = vault

    async def set(self, user: ActingUser, *, password: str) -> None:
        """Keep one, in the place of whom the name stood for there before."""
        await self.remove(user.device_id, user.name)
        sealed = self._vault.seal(password, context=context(user.device_id, user.name))
        self._session.add(
            ActingUserRow(
                device_id=user.device_id,
                name=user.name,
                username=user.username,
                password=sealed,
                set_at=user.set_at,
            )
        )
        await self._session.flush()

    async def remove(self, device_id: str, name: str | None = None) -> bool:
        """Forget one, or everybody on an appliance; return whether there was anybody."""
        statement = delete(ActingUserRow).where(col(ActingUserRow.device_id) == device_id)
        if name is not None:
            statement = statement.where(col(ActingUserRow.name) == name)
        return bool((await self._session.exec(statement)).rowcount)

    async def find(self, device_id: str, name: str) -> ActingUser | None:
        """Who `name` is on an appliance, if anybody."""
        row = await self._row(device_id, name)
        return _user(row) if row else None

    async def password(self, device_id: str, name: str) -> tuple[str, bytes]:
        """Open the password of one that is there; return it as it is sealed, too. Raises `WrongKey`."""
        row = await self._row(device_id, name)
        sealed = row.password if row else b""
        return self._vault.open(sealed, context=context(device_id, name)), sealed

    async def _row(self, device_id: str, name: str) -> ActingUserRow | None:
        return await self._session.get(ActingUserRow, (device_id, name), populate_existing=True)

    async def of_device(self, device_id: str) -> tuple[ActingUser, ...]:
        """Everybody that somebody is on an appliance, by name."""
        query = select(ActingUserRow).where(ActingUserRow.device_id == device_id)
        rows = await self._session.exec(query.order_by(col(ActingUserRow.name)))
        return tuple(map(_user, rows))

    async def usernames(self, name: str) -> dict[str, str]:
        """Who `name` is, by appliance."""
        query = select(ActingUserRow.device_id, ActingUserRow.username)
        return dict((await self._session.exec(query.where(ActingUserRow.name == name))).all())

    async def seals(self) -> dict[tuple[str, str], bytes]:
        """Every sealed password, by appliance and name."""
        query = select(ActingUserRow.device_id, ActingUserRow.name, ActingUserRow.password)
        rows = (await self._session.exec(query)).all()
        return {(device_id, name): sealed for device_id, name, sealed in rows}

    async def unfinished(self, device_id: str, name: str) -> int:
        """How many faxes are on an appliance, or on their way to it, that `name` handed over."""
        query = select(func.count()).where(
            FaxRow.device_id == device_id,
            FaxRow.acted_as == name,
            col(FaxRow.finished_at).is_(None),
        )
        return (await self._session.exec(query)).one()


def context(device_id: str, name: str) -> str:
    """What a password is bound to."""
    return f"device/{device_id}/acting/{name}"


def _user(row: ActingUserRow) -> ActingUser:
    return ActingUser(
        device_id=row.device_id, name=row.name, username=row.username, set_at=row.set_at
    )
