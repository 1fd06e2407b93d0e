"""What to do about each problem, for people: the second half of the page that its `type` leads to."""

CURES: dict[str, str] = {
    # the caller's input
    "invalid-request": (
        "Correct what `field` and `errors` name; `cure` says what would be right. Sending the "
        "same again fails again."
    ),
    "invalid-number": (
        "Write the number with its digits, and +, spaces, hyphens and brackets at the most; a "
        "country where the appliance has none of its own."
    ),
    "too-many-recipients": (
        "Send several faxes, or a batch (POST /v1/batches), which takes many more."
    ),
    "invalid-recipients": (
        "Correct the recipients that `errors` names and send the whole batch again: nothing of it"
        " was accepted."
    ),
    "unsupported-document": "Send PDF or plain text, and say which in its content type.",
    "empty-document": (
        "Look whether the file was read before it was sent; a document has at least one byte."
    ),
    "document-unreadable": "Open the file with a viewer and save it anew.",
    "document-protected": "Save the document without its password, then send it.",
    "document-too-large": (
        "Send the documents as several faxes, or make them smaller: scans in black and white are "
        "enough for a fax."
    ),
    "address-refused": (
        "Use a public address. An operator can allow a private network for webhooks "
        "(FFGATEWAY_WEBHOOK_ALLOW)."
    ),
    "idempotency-key-reused": (
        "Use a new key for each thing to be done, and the same one only for the same request."
    ),
    # the caller's standing
    "unauthenticated": (
        "Send `Authorization: Bearer` with a key of this gateway. A key that worked before has "
        "been revoked or is over."
    ),
    "too-many-wrong-keys": (
        "Wait as many seconds as `Retry-After` says, and see what in your network sends keys that are none."
    ),
    "forbidden": "Ask an administrator for a key with the scope that `detail` names.",
    "quota-exceeded": (
        "Wait as many seconds as `Retry-After` says. `RateLimit` shows what is left before it "
        "comes to this."
    ),
    # the state of things
    "not-found": (
        "Look at the path and the id. What a key may not see is not there for it either."
    ),
    "conflict": "Read the thing again: `detail` says what about its state does not allow this.",
    "fax-finished": (
        "Nothing can be changed any more. To send it once more there is POST /v1/faxes/{id}/resend."
    ),
    "fax-open": "Wait for its end (`fax.delivered`, `fax.failed` or `fax.cancelled`), then ask again.",
    "not-sealed": "Ask again when `Retry-After` is over: what is on record is sealed every ten seconds.",
    "fax-uncertain": (
        "Wait: the gateway is finding out. If it stays so, GET /v1/faxes/{id}/explain says what "
        "an operator may do."
    ),
    "document-purged": "Send the fax anew, with its document.",
    "document-damaged": (
        "Send the fax anew, with its document. An operator should look whether the spool or its "
        "key was changed."
    ),
    "no-document": "Send the document through the gateway; of others' faxes it has none.",
    "device-busy": (
        "Wait until its faxes have ended, or cancel them; /drain keeps new ones away meanwhile."
    ),
    "already-exists": "Choose another name, or change the thing that has it.",
    "consent-refused": (
        "Have the endpoint answer the handshake of CloudEvents, then ask again; or register it "
        "without `handshake`."
    ),
    "idempotency-key-in-use": (
        "Send the same request with the same key again, after as many seconds as `Retry-After` "
        "says."
    ),
    "idempotency-outcome-unknown": "Look whether it was done. If not, send it with a new key.",
    "changed-meanwhile": (
        "Read the record again, apply the change to what it says now, and send its new ETag as "
        "If-Match."
    ),
    # the appliances
    "device-unreachable": (
        "Nothing was done there, so it may be asked again. Look whether the appliance is on, and "
        "can be reached from the gateway."
    ),
    "device-silent": (
        "It may have been done: read before you ask again. More patience (`Prefer: wait=60`) may "
        "help where it is only slow."
    ),
    "device-auth-failed": (
        "Give the gateway a user name and password that the appliance takes (PATCH "
        "/v1/devices/{id})."
    ),
    "device-user-refused": (
        "Set the present password of the user that `detail` names (POST "
        "/v1/devices/{id}/acting-users). What others do there is not touched."
    ),
    "device-user-missing": (
        "Set a user of that appliance for whom the key acts as (POST "
        "/v1/devices/{id}/acting-users), use another appliance, or let the key act as others "
        "there (`acts_as_only`)."
    ),
    "device-refused": "`detail` has the appliance's own words; what it refuses it refuses again.",
    "device-not-there": (
        "Read the list anew: what the appliance had may be gone, or has another number."
    ),
    "device-operation-unsupported": (
        "Use another appliance. Where yours has the function, tell the gateway its firmware or "
        "override the form of the call."
    ),
    "device-untrusted": (
        "See who answers at that address. If the certificate was renewed, give the gateway the "
        "new one (PATCH /v1/devices/{id})."
    ),
    "device-overloaded": "Ask again in a moment, and fewer things at once of one appliance.",
    "events-gone": "Read anew what you keep of the faxes, then go on behind `oldest_position`.",
    "internal": (
        "Ask again later. If it stays so, tell the operator the `request_id`: the log has the "
        "rest under it."
    ),
    # what only HTTP knows
    "malformed": (
        "Look at how the request is written: its JSON, the boundary of its form, its first line."
    ),
    "method-not-allowed": "Use one of the methods that the header `Allow` names.",
    "not-acceptable": (
        "Name one of the types that `detail` offers in `Accept`, or leave the header out."
    ),
    "request-too-slow": (
        "Send the body at once and without long pauses, over a better connection, or in smaller "
        "requests."
    ),
    "request-too-large": "Send less at once; `detail` says how much may come.",
    "url-too-long": "Put less into the query: a body has more room.",
    "unsupported-media-type": (
        "Send the body as a type that the reference names for this operation, and say so in "
        "`Content-Type`."
    ),
    "range-not-satisfiable": "Ask for the whole file, or for a part within its length.",
    "precondition-required": (
        "Read the record, and send its ETag as `If-Match`; `If-Match: *` changes whatever is there."
    ),
    "headers-too-large": "Send fewer and shorter header fields; cookies are of no use here.",
    "storage-unavailable": (
        "Send the same again when `Retry-After` is over, a POST with the same `Idempotency-Key`. If it "
        "stays so, an operator should look at the database, the spool and the log."
    ),
    "storage-full": (
        "Nothing of the request was kept. An operator has to make room where the database and the "
        "documents are; then send the same again."
    ),
    "not-ready": (
        "Ask again in a few seconds. If it stays so, an operator should look at the database."
    ),
}
"""By code. A test holds that every code has one."""
