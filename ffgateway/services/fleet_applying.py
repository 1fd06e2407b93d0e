"""A document carried out on one appliance, step after step, up to the first that is refused.

What is wanted is kept before the first step, so that drift is measured against what was last asked
for. An answer that does not come is looked into once, and the step is not repeated: it may be
under way still.
"""

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from ffgateway.clock import Clock
from ffgateway.devices import people
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.devices import Device
from ffgateway.domain.differing import Differences, changed
from ffgateway.domain.directory import User, UserDraft
from ffgateway.domain.errors import (
    ChangedMeanwhile,
    DeviceSilent,
    DeviceUnreachable,
    DeviceUntrusted,
    GatewayError,
    InvalidRequest,
)
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.fanout import Reach
from ffgateway.domain.fleet_document import DeviceWanted, Section, Wanted
from ffgateway.domain.fleet_steps import (
    Act,
    DeviceApplied,
    DevicePlan,
    Difference,
    GroupToBe,
    Step,
    changes,
)
from ffgateway.domain.versions import etag_of
from ffgateway.services.asking import Asking
from ffgateway.services.audited import line
from ffgateway.services.fleet_carrying import Carrying
from ffgateway.services.fleet_checks import check_passwords, check_wanted
from ffgateway.services.fleet_comparing import planned, scope_of
from ffgateway.services.learnt import Learnt
from ffgateway.store.fleet import Kept
from ffgateway.store.transaction import Store

ACTIONS: Final = MappingProxyType(
    {
        (Section.USERS, Act.ADD): "user.add",
        (Section.USERS, Act.CHANGE): "user.edit",
        (Section.CONTACTS, Act.ADD): "contact.add",
        (Section.CONTACTS, Act.CHANGE): "contact.edit",
        (Section.CONTACTS, Act.REMOVE): "contact.delete",
        (Section.GROUPS, Act.ADD): "group.create",
        (Section.GROUPS, Act.CHANGE): "group.edit",
        (Section.GROUPS, Act.REMOVE): "group.delete",
        (Section.INBOUND_ROUTES, Act.ADD): "inbound_route.add",
        (Section.INBOUND_ROUTES, Act.CHANGE): "inbound_route.edit",
        (Section.INBOUND_ROUTES, Act.REMOVE): "inbound_route.delete",
        (Section.T37_SETTINGS, Act.CHANGE): "t37_settings.edit",
        (Section.MODEM_SETTINGS, Act.CHANGE): "modem_settings.edit",
    }
)
"""How a step is called in the audit log: as it would be if somebody did it by hand."""


OF_PEOPLE: Final = frozenset({Section.USERS, Section.CONTACTS, Section.GROUPS})
"""What the scope of the directory is for; the rest is how an appliance is set up."""

PASSWORD: Final = Difference(field="password", before="another", after="the one referred to")


class Applying:
    """One appliance, and the passwords of its users by name."""

    def __init__(
        self,
        store: Store,
        asking: Asking,
        clock: Clock,
        caller: Caller,
        *,
        device: Device,
        passwords: dict[str, str],
    ) -> None:
        self._store = store
        self._asking = asking
        self._clock = clock
        # nobody's patience cuts a change short; the call itself has a row beside these
        self._caller = replace(caller, patience=None, call=None)
        self._device = device
        self._passwords = passwords

    async def apply(self, document: DeviceWanted) -> DeviceApplied:
        """Plan afresh, keep what is wanted, do it. What the appliance says no to is in the result."""

        async def read(box: Appliance) -> tuple[DevicePlan, frozenset[str]]:
            found = await planned(box, document.wanted)
            if document.seen is not None and document.seen != found.tag:
                raise ChangedMeanwhile(
                    f"{self._device.name} is not as it was when the plan was made.",
                    cure="Make a new plan, and look at it.",
                )
            return found, await self._other_passwords(box, found.steps)

        try:
            check_wanted(document.wanted)
            check_passwords(document.wanted, self._passwords)
            found, others = await self._asking.read(
                self._caller, scope_of(document.wanted), "fleet.apply", self._device.id, read
            )
        except GatewayError as no:
            return self._ended(no, (), writing=False)
        steps = tuple(_renewed(step, others) for step in found.steps)
        await self._keep(document.wanted)
        carrying = Carrying({name: self._passwords[name] for name in others})
        todo = changes(steps)
        for done, step in enumerate(todo):
            try:
                await self._do(carrying, step, document.wanted)
            except GatewayError as no:
                return self._ended(no, steps, done=done, evidence=found.evidence)
        return DeviceApplied(
            device_id=self._device.id,
            device_name=self._device.name,
            outcome=Reach.DONE,
            steps=steps,
            done=len(todo),
            evidence=found.evidence,
        )

    async def _other_passwords(self, box: Appliance, steps: tuple[Step, ...]) -> frozenset[str]:
        """The users who need the password that was given: new ones, and those who have another.

        Raises `InvalidRequest` for a new one without any, and for the gateway's own account, which
        would lock itself out.
        """
        found = set()
        for step in steps:
            if not isinstance(step.subject, User | UserDraft):
                continue
            username = step.subject.username
            password = self._passwords.get(username)
            if step.act is Act.ADD:
                if password is None:
                    raise InvalidRequest(
                        f"{username} is not on {self._device.name}, and nobody can be made"
                        " without a password.",
                        field="passwords",
                        cure="Refer to a password in the document.",
                    )
                found.add(username)
            elif password is not None and not (await people.verify(box, username, password)).value:
                if username == self._device.username:
                    raise InvalidRequest(
                        f"{username} is the account that the gateway itself uses.",
                        field="passwords",
                        cure="Change it on the appliance, and tell the gateway with `devices edit`.",
                    )
                found.add(username)
        return frozenset(found)

    async def _keep(self, wanted: Wanted) -> None:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            before = await tx.fleet.of(self._device.id, lock=True)
            await tx.fleet.keep(
                Kept(
                    device_id=self._device.id,
                    wanted=wanted,
                    applied_at=now,
                    applied_by=self._caller.principal.id,
                    checked_at=now,
                )
            )
            # what of it the appliance did not have yet is on record step by step
            was, now_is = etag_of(before.wanted) if before else None, etag_of(wanted)
            differs = changed({"document": was}, {"document": now_is})
            tx.note(line(self._caller, "fleet.apply", self._device.id, at=now, changed=differs))

    async def _do(self, carrying: Carrying, step: Step, wanted: Wanted) -> None:
        """Do one step, on record. Silence is looked into: it is done when no plan asks for it again."""
        differs = differing(step)
        learnt = Learnt(differs)

        async def call(box: Appliance) -> None:
            try:
                await carrying.do(box, step)
            except DeviceSilent:
                if not await self._happened(box, step, wanted):
                    raise
            learnt.did(differs)

        scope = Scope.DIRECTORY_ADMIN if step.section in OF_PEOPLE else Scope.DEVICES_ADMIN
        await self._asking.change(
            self._caller,
            scope,
            ACTIONS[step.section, step.act],
            self._device.id,
            call,
            learnt=learnt,
            name=step.name,
            owner=step.owner,
        )

    async def _happened(self, box: Appliance, step: Step, wanted: Wanted) -> bool:
        try:
            again = (await planned(box, wanted)).steps
            others = await self._other_passwords(box, again) if _is_password(step) else ()
        except GatewayError:
            return False
        left = {(one.section, one.owner, one.name, one.act) for one in changes(again)}
        key = (step.section, step.owner, step.name, step.act)
        return key not in left and step.name not in others

    def _ended(
        self,
        no: GatewayError,
        steps: tuple[Step, ...],
        *,
        done: int = 0,
        evidence: Evidence | None = None,
        writing: bool = True,
    ) -> DeviceApplied:
        if isinstance(no, DeviceSilent) and writing:
            outcome = Reach.SILENT
        elif isinstance(no, DeviceSilent | DeviceUnreachable | DeviceUntrusted):
            outcome = Reach.UNREACHABLE
        else:
            outcome = Reach.REFUSED
        return DeviceApplied(
            device_id=self._device.id,
            device_name=self._device.name,
            outcome=outcome,
            steps=steps,
            done=done,
            evidence=evidence,
            problem=no,
        )


def _renewed(step: Step, others: frozenset[str]) -> Step:
    """The step, with the password if a user who is there has another one."""
    if step.act is Act.ADD or not isinstance(step.subject, User):
        return step
    if step.subject.username not in others:
        return step
    return replace(step, act=Act.CHANGE, differences=(*step.differences, PASSWORD))


def differing(step: Step) -> Differences:
    """What a step changes, for the record."""
    if step.act is Act.REMOVE:
        return changed(step.subject, None)
    if step.act is Act.ADD:
        new = step.subject.wanted if isinstance(step.subject, GroupToBe) else step.subject
        secrets = ["password"] if isinstance(new, UserDraft) else []
        return changed(None, new, secrets=secrets)
    secrets = ["password"] if _is_password(step) else []
    told = [one for one in step.differences if one is not PASSWORD]
    was, now_is = {one.field: one.before for one in told}, {one.field: one.after for one in told}
    return changed(was, now_is, secrets=secrets)


def _is_password(step: Step) -> bool:
    return PASSWORD in step.differences
