"""GraphQL over HTTP, WebSocket and server-sent events.

`schema` is what can be asked, `routes` is where; `errors` is the one place that turns what went
wrong into an answer. Types are plain attributes; only roots and a few edges are resolved.
"""
