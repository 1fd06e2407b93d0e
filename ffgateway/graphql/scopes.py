"""What each field needs that is looked up: the schema says it, and a test walks every one of them.

The services are who says no (`services.audited.Gate`); this is what they say.
"""

from typing import cast

from graphql import GraphQLObjectType, GraphQLSchema

from ffgateway.domain.access import Needs, Scope

_FAXES, _SENDING = Needs(Scope.FAXES_READ), Needs(Scope.FAXES_SEND)
_PEOPLE, _PEOPLES = Needs(Scope.DIRECTORY_READ), Needs(Scope.DIRECTORY_ADMIN)
_DEVICES, _FLEET = Needs(Scope.DEVICES_READ), Needs(Scope.DEVICES_ADMIN)
_TELLING, _AUDIT, _ALL = Needs(Scope.WEBHOOKS_ADMIN), Needs(Scope.AUDIT_READ), Needs(Scope.ADMIN)

_FIELDS: dict[Needs, str] = {
    _FAXES: "Query.fax Query.faxes Query.events Query.batch Query.batches Query.faxExplanation"
    " Query.document Query.faxContenders Query.suppressions Query.inboundFax Query.inboundFaxes"
    " Subscription.faxStatusChanged Subscription.eventHappened Fax.events Fax.receipt FaxStatusChange.fax"
    " Device.inboundLog Device.outboundLog Device.callLog Device.faxes Device.faxEntries"
    " Device.inboundLogCount Device.outboundLogCount",
    Needs(Scope.FAXES_READ, instead=Scope.WEBHOOKS_ADMIN): "Query.eventTypes Query.eventSample",
    _SENDING: "Mutation.sendFax Mutation.previewFax Mutation.cancelFax Mutation.rescheduleFax"
    " Mutation.resendFax Mutation.sendBatch Mutation.cancelBatch Mutation.addSuppression"
    " Mutation.liftSuppression Mutation.releaseFax Mutation.abortFaxEntry"
    " Mutation.rescheduleFaxEntry",
    _DEVICES: "Query.device Query.devices Query.deviceStatus Query.fleetPlan Mutation.checkDevice"
    " Fax.device InboundFax.device Device.status Device.inboundRoutes Device.inboundRoute"
    " Device.globalContactsStatus Device.t37Settings Device.modemSettings Device.modemSetting Device.about"
    " Device.statusSection Device.modems Device.modem Device.channels Device.channel"
    " Device.inboundStatus Device.outboundStatus",
    Needs(Scope.DEVICES_READ, Scope.DIRECTORY_READ): "Query.fleetExport",
    Needs(): "Device.coverPageUrl",
    _FLEET: "Mutation.registerDevice Mutation.updateDevice Mutation.retireDevice"
    " Mutation.drainDevice Mutation.resumeDevice Mutation.decideFax Mutation.addInboundRoute"
    " Mutation.editInboundRoute Mutation.removeInboundRoute Mutation.editT37Settings"
    " Mutation.editModemSettings Mutation.applyInboundRoutes Mutation.applyFleet"
    " Mutation.probeDevice Mutation.setActingUser Mutation.removeActingUser Device.actingUsers",
    _PEOPLE: "Device.user Device.contacts Device.contact Device.groups Device.group Device.groupIds",
    _PEOPLES: "Mutation.addUser Mutation.editUser Mutation.verifyUser Mutation.addContact"
    " Mutation.editContact Mutation.removeContact Mutation.createGroup Mutation.editGroup"
    " Mutation.removeGroup Mutation.applyContacts Mutation.applyGroups Mutation.applyUsers",
    _TELLING: "Query.webhook Query.webhooks Query.eventDeliveries Mutation.createWebhook"
    " Mutation.updateWebhook Mutation.removeWebhook Mutation.testWebhook Mutation.pauseWebhook"
    " Mutation.resumeWebhook Mutation.replayWebhook Mutation.countReplay Mutation.cancelReplay"
    " Mutation.discardDeadLetters Mutation.askWebhookConsent Mutation.rotateWebhookSecret"
    " Mutation.endWebhookKey Webhook.attempts Webhook.replay Webhook.replays Webhook.deadLetters"
    " Webhook.keys",
    _AUDIT: "Query.audit Query.auditEntry Query.auditProof Query.auditCheckpoints"
    " Query.auditConsistency Query.auditKeys Query.auditHolds",
    _ALL: "Query.keys Mutation.createKey Mutation.updateKey Mutation.rotateKey Mutation.revokeKey"
    " Mutation.rotateAuditKey Mutation.holdAudit Mutation.releaseAuditHold Mutation.ffwsExchange",
}

NEEDS: dict[str, Needs] = {
    name: needs for needs, names in _FIELDS.items() for name in names.split()
}
"""By type and field. A field of something larger needs what that needs as well."""


def say(schema: GraphQLSchema) -> None:
    """Write into the description of each field what it needs. Raises `KeyError` for one that is not there."""
    for name, needs in NEEDS.items():
        owner, _, field = name.partition(".")
        one = cast("GraphQLObjectType", schema.type_map[owner]).fields[field]
        one.description = " ".join(filter(None, (one.description, needs.told())))
