"""What each type of event tells, in a sentence: for the documents, the samples and the schemas."""

from ffgateway.domain.events import EventType

_T = EventType
MEANINGS: dict[EventType, str] = {
    _T.FAX_ACCEPTED: "The fax is stored durably; the caller may disconnect.",
    _T.FAX_HELD: "The fax waits for a decision; `hold.reason` says whose.",
    _T.FAX_SCHEDULED: "The fax waits for the time it is to be sent at.",
    _T.FAX_QUEUED: "The fax is ready and waits for an appliance.",
    _T.FAX_SUBMITTING: "The fax is being handed to an appliance.",
    _T.FAX_UNCERTAIN: (
        "The appliance may or may not have the fax. It is being found out; nothing is sent again meanwhile. "
        "Told again, with `candidates`, when it takes a person to decide."
    ),
    _T.FAX_RECONCILED: "Whether the appliance has the fax was found out; `status` says what came of it.",
    _T.FAX_SUBMITTED: "An appliance took the fax and is turning it into pages.",
    _T.FAX_DEVICE_QUEUED: "The fax is in the appliance's queue and was not tried yet.",
    _T.FAX_SENDING: "The appliance is dialling or transmitting.",
    _T.FAX_ATTEMPT_FAILED: (
        "A try failed and the fax goes on; `attempt` counts that try, `code` says why it failed."
    ),
    _T.FAX_RETRY_SCHEDULED: "The appliance will try again, at `next_attempt_at` when it said so.",
    _T.FAX_STUCK: "The fax has not moved for longer than it should; `evidence` says what was found out.",
    _T.FAX_CANCEL_REQUESTED: (
        "The appliance was asked to give the fax up and has not done so yet. With `reschedule_to` it is sent at "
        "another time once it has; an appliance that had sent it already leaves it delivered."
    ),
    _T.FAX_DELIVERED: "The far machine confirmed the last page. An end: nothing follows it.",
    _T.FAX_FAILED: "The fax was given up; `failure` says why. An end: nothing follows it.",
    _T.FAX_CANCELLED: "The fax was called off; `cancelled_by` says by whom. An end: nothing follows it.",
    _T.FAX_CORRECTED: (
        "After the fax had been given an end without its appliance's word, because nothing could be found out or"
        " somebody decided, the appliance showed another one: `corrected_as`. The end on record stays, as every"
        " end does. Once at the most."
    ),
    _T.DEVICE_ONLINE: "The appliance answers (again), or fails no longer too often.",
    _T.DEVICE_OFFLINE: "The appliance no longer answers.",
    _T.DEVICE_DEGRADED: "The appliance fails too often and is given nothing new for a while.",
    _T.DEVICE_DRAINING: "The appliance is given nothing new; it finishes what it has.",
    _T.DEVICE_AUTH_FAILED: "The appliance refuses the credentials that the gateway has for it.",
    _T.DEVICE_UNRECOGNISED_STATE: (
        "The appliance gave a fax a state that this version does not know, in `state`. "
        "The fax keeps the status it had."
    ),
    _T.DEVICE_CLOCK_SKEW: (
        "The appliance's clock is more than a minute from ours, or its zone is set wrongly. Told once for each"
        " episode; `known_by` says what showed it."
    ),
    _T.LINE_DEGRADED: (
        "One line of an appliance fails more than its siblings do, by more than chance explains. Told once until"
        " it has recovered; `probability` is that of Fisher's exact test of the four counts."
    ),
    _T.LINE_RECOVERED: "The line no longer fails more than its siblings, by the tries since it did.",
    _T.WEBHOOK_PING: "A test, sent because somebody asked for it.",
    _T.WEBHOOK_PAUSED: (
        "The endpoint gets nothing for a while; its queue is kept and grows. What the gateway paused it "
        "probes, and resumes by itself."
    ),
    _T.WEBHOOK_RESUMED: "The endpoint gets what waits for it, and then what happens, again.",
    _T.WEBHOOK_DISABLED: "The endpoint gets nothing until somebody enables it; its queue is kept.",
    _T.WEBHOOK_DEAD_LETTERED: "An event could not be delivered to the endpoint and is tried no more.",
    _T.KEY_CREATED: "An API key was made.",
    _T.KEY_CHANGED: "What an API key may do, its end or its name was changed; `scopes` are those it has now.",
    _T.KEY_ROTATED: (
        "An API key got a new secret; those it had before open it until `old_secrets_until`, or no more."
    ),
    _T.KEY_REVOKED: "An API key was revoked and opens nothing any more.",
    _T.INBOUND_RECEIVING: (
        "An appliance is receiving a fax. Told once for a call, whose record shows the pages coming; "
        "a call too short to be seen has no such event."
    ),
    _T.INBOUND_RECEIVED: (
        "A fax was received. With `settled_by` `status` the appliance only stopped listing the call, "
        "and whether every page came is not known. An end: nothing follows it."
    ),
    _T.INBOUND_FAILED: (
        "A call that came in failed; with the status `received_partial` some pages are good. "
        "An end: nothing follows it."
    ),
    _T.DEVICE_CONFIG_DRIFTED: (
        "The appliance is no longer as the document last applied to it says. Told once for each drift."
    ),
    _T.BATCH_ACCEPTED: "The batch and all its recipients are stored durably; the caller may disconnect.",
    _T.BATCH_COMPLETED: (
        "Every fax of the batch has ended; `status` and `phases` say how. An end: nothing follows it."
    ),
    _T.AUDIT_CHECKPOINT: (
        "The head of the audit log was signed. Keep it elsewhere: the log can be held against it later."
    ),
}
"""One sentence for each type, as published. A test holds that none is missing."""
