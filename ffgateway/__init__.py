"""ffgateway: one typed, durable, observable address in front of a fleet of FaxFinder appliances.

The map. Rooms are named for the stages of the data's path; imports run one way along it.

ffws        the wire: FFWS documents to nouns and back; pure, lxml alone
domain      our nouns and rules; pure, the standard library alone
devices     the appliances: the only room that speaks to them
store       the database and the spool: the only room that knows SQL
delivery    other people: how events leave
services    what the gateway does: permission, transaction and record live here
workers     time: loops without opinions
rest        JSON over HTTP
graphql     GraphQL over HTTP, WebSocket and SSE
cli         the command line
simulator   an appliance in memory; knows the wire and nothing else of ours
clock       now and sleep, so that tests can own time; telemetry is the format of log lines
wiring      puts the parts together: the only room that builds anything
app         opens and closes them; surface is what people reach of it; settings reads the environment
audit_verify  for auditors: verify the audit log with the standard library alone; the gateway seals by it
receipt_verify  for whoever is shown a receipt of a fax: verify it, likewise
webhooks    for receivers of our webhooks: verify a delivery with the standard library alone
"""

__version__ = "0.1.0"
