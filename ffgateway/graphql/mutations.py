"""What can be done. Every payload has `userErrors`: empty when it was done, and only then."""

from datetime import datetime

import strawberry

from ffgateway.domain import faxes
from ffgateway.graphql.checks import line, moment
from ffgateway.graphql.context import Info
from ffgateway.graphql.devices import Device, show_device
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.faxes import Fax, show_fax
from ffgateway.graphql.fields import mutation
from ffgateway.graphql.groups import Seen
from ffgateway.graphql.inputs import (
    RegisterDeviceInput,
    SendFaxInput,
    UpdateDeviceInput,
    device_changes,
    device_draft,
    fax_draft,
)


@strawberry.type(description="The faxes that were accepted, one for each recipient.")
class SendFaxPayload:
    """Of `sendFax`."""

    faxes: list[Fax]
    submission_id: strawberry.ID | None
    taken: bool = strawberry.field(
        description="Whether appliances took all of them within the patience of `Prefer: wait=N`,"
        " a header of the request; false without it."
    )
    user_errors: list[UserError]


@strawberry.type(description="The fax as it is afterwards.")
class FaxPayload:
    """Of what is done to one fax."""

    fax: Fax | None
    user_errors: list[UserError]


@strawberry.type(description="The appliance as it is afterwards.")
class DevicePayload:
    """Of what is done to one device."""

    device: Device | None
    user_errors: list[UserError]


@strawberry.type(description="The event that is on its way; find its attempt by `eventId`.")
class TestWebhookPayload:
    """Of `testWebhook`."""

    event_id: strawberry.ID | None
    user_errors: list[UserError]


@strawberry.type(description="What was ended or taken away.")
class RemovedPayload:
    """Of what leaves nothing behind to be shown."""

    id: strawberry.ID | None
    user_errors: list[UserError]


@strawberry.type
class MainMutations:
    """Faxes, devices, webhooks and keys."""

    @mutation("Promise to send: the faxes are kept before this answers.")
    async def send_fax(self, info: Info, input: SendFaxInput) -> SendFaxPayload:  # noqa: A002
        """Accept a fax for each recipient."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def send() -> tuple[tuple[faxes.Fax, ...], bool]:
            draft = await fax_draft(caller, gateway.documents, input)
            return await gateway.faxes.taken(caller, await gateway.faxes.send(caller, draft))

        done, wrong = await settled(send())
        sent, taken = done or ((), False)
        return SendFaxPayload(
            faxes=[show_fax(fax) for fax in sent],
            submission_id=strawberry.ID(sent[0].promised_in) if sent else None,
            taken=taken,
            user_errors=wrong,
        )

    @mutation("Stop a fax: at once here, by asking the appliance there.")
    async def cancel_fax(self, info: Info, id: strawberry.ID) -> FaxPayload:  # noqa: A002
        """Cancel."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def cancel() -> faxes.Fax:
            return await gateway.faxes.cancel(caller, line(id, "id"))

        fax, wrong = await settled(cancel())
        return FaxPayload(fax=show_fax(fax) if fax else None, user_errors=wrong)

    @mutation("Give an unfinished fax another time; null is now.")
    async def reschedule_fax(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
        at: datetime | None = None,
    ) -> FaxPayload:
        """Reschedule."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def reschedule() -> faxes.Fax:
            return await gateway.faxes.reschedule(caller, line(id, "id"), moment(at, "at"))

        fax, wrong = await settled(reschedule())
        return FaxPayload(fax=show_fax(fax) if fax else None, user_errors=wrong)

    @mutation("Send a finished fax once more, as a new one.")
    async def resend_fax(self, info: Info, id: strawberry.ID) -> FaxPayload:  # noqa: A002
        """Resend."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def resend() -> faxes.Fax:
            return await gateway.faxes.resend(caller, line(id, "id"))

        fax, wrong = await settled(resend())
        return FaxPayload(fax=show_fax(fax) if fax else None, user_errors=wrong)

    @mutation("Take an appliance into the fleet.")
    async def register_device(
        self,
        info: Info,
        input: RegisterDeviceInput,  # noqa: A002
    ) -> DevicePayload:
        """Register."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def register() -> Device:
            return show_device(await gateway.devices.register(caller, device_draft(input)))

        device, wrong = await settled(register())
        return DevicePayload(device=device, user_errors=wrong)

    @mutation("Change what is given of an appliance.")
    async def update_device(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
        input: UpdateDeviceInput,  # noqa: A002
        if_match: Seen = None,
    ) -> DevicePayload:
        """Update."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def update() -> Device:
            changes = device_changes(input)
            done = await gateway.devices.update(caller, line(id, "id"), changes, seen=if_match)
            return show_device(done)

        device, wrong = await settled(update())
        return DevicePayload(device=device, user_errors=wrong)

    @mutation("Take an appliance without unfinished faxes out of the fleet.")
    async def retire_device(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
        if_match: Seen = None,
    ) -> RemovedPayload:
        """Retire."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def retire() -> strawberry.ID:
            await gateway.devices.retire(caller, line(id, "id"), seen=if_match)
            return id

        gone, wrong = await settled(retire())
        return RemovedPayload(id=gone, user_errors=wrong)

    @mutation("Look at an appliance now.")
    async def check_device(self, info: Info, id: strawberry.ID) -> DevicePayload:  # noqa: A002
        """Check."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def check() -> Device:
            return show_device(await gateway.devices.check(caller, line(id, "id")))

        device, wrong = await settled(check())
        return DevicePayload(device=device, user_errors=wrong)

    @mutation("Give an appliance nothing new; what it has it finishes.")
    async def drain_device(self, info: Info, id: strawberry.ID) -> DevicePayload:  # noqa: A002
        """Drain."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def drain() -> Device:
            return show_device(await gateway.devices.drain(caller, line(id, "id")))

        device, wrong = await settled(drain())
        return DevicePayload(device=device, user_errors=wrong)

    @mutation("Give a drained appliance faxes again.")
    async def resume_device(self, info: Info, id: strawberry.ID) -> DevicePayload:  # noqa: A002
        """Resume."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def resume() -> Device:
            return show_device(await gateway.devices.resume(caller, line(id, "id")))

        device, wrong = await settled(resume())
        return DevicePayload(device=device, user_errors=wrong)

    @mutation("Stop telling an endpoint anything.")
    async def remove_webhook(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
        if_match: Seen = None,
    ) -> RemovedPayload:
        """Remove an endpoint."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def remove() -> strawberry.ID:
            await gateway.subscriptions.remove(caller, line(id, "id"), seen=if_match)
            return id

        gone, wrong = await settled(remove())
        return RemovedPayload(id=gone, user_errors=wrong)

    @mutation("Send a `webhook.ping` to one endpoint.")
    async def test_webhook(self, info: Info, id: strawberry.ID) -> TestWebhookPayload:  # noqa: A002
        """Test an endpoint."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def ping() -> strawberry.ID:
            return strawberry.ID(await gateway.subscriptions.test(caller, line(id, "id")))

        event_id, wrong = await settled(ping())
        return TestWebhookPayload(event_id=event_id, user_errors=wrong)
