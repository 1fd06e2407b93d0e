"""What URLs look like that come in: patterns for the OpenAPI document and for reading bodies."""

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_BYTE = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_PORT = (
    r"(:(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}))?"
)
DEVICE_URL = (
    rf"^https?://(({_LABEL}\.)*[A-Za-z]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?|({_BYTE}\.){{3}}{_BYTE})"
    rf"{_PORT}/?$"
)
"""Scheme, host and port. Appliances speak IPv4."""

_NAME = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_LAST = r"[A-Za-z_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_GROUP = r"[0-9A-Fa-f]{1,4}"
_IPV6 = "|".join(
    (
        rf"({_GROUP}:){{7}}{_GROUP}",
        rf"({_GROUP}:){{1,7}}:",
        *(rf"({_GROUP}:){{1,{7 - after}}}(:{_GROUP}){{1,{after}}}" for after in range(1, 7)),
        rf":(:{_GROUP}){{1,7}}|::",
    )
)
_REST = r'[!"$-\[\]-~]*'
WEBHOOK_URL = (
    rf"^[Hh][Tt][Tt][Pp][Ss]?://(({_NAME}\.)*{_LAST}\.?|({_BYTE}\.){{3}}{_BYTE}|\[({_IPV6})\]){_PORT}"
    rf"([/?]{_REST})?$"
)
"""What a receiver's URL looks like: a name or an address, as an operator may allow any of them.

ASCII alone: other names in their `xn--` form, other characters percent-encoded (RFC 3986).
"""
