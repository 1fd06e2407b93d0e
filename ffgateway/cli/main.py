"""The list of commands, and what trouble with any of them looks like: one line, and exit code 1."""

import sys
from collections.abc import Sequence

import typer

from ffgateway.cli import (
    acting,
    audit,
    batches,
    configuration,
    contacts,
    demo,
    devices,
    entries,
    export,
    exports,
    faxes,
    fleet,
    fleet_document,
    groups,
    history,
    importing,
    inbound,
    keys,
    lines,
    logs,
    migrate,
    receipt,
    repairing,
    replays,
    secrets,
    serve,
    simulate,
    suppressions,
    users,
    watch,
    webhook_keys,
    webhooks,
)
from ffgateway.cli.output import Trouble, say
from ffgateway.domain.errors import GatewayError

app = typer.Typer(
    name="ffgateway",
    help="One typed, durable, observable address in front of a fleet of FaxFinder appliances.",
    epilog="Commands for a running gateway find it by FFGATEWAY_URL and FFGATEWAY_KEY.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("migrate")(migrate.migrate)
app.add_typer(keys.app, name="keys")
app.add_typer(secrets.app, name="secrets")
devices.app.command("faxes")(entries.list_entries)
devices.app.command("fax")(entries.show_entries)
devices.app.command("abort-fax")(entries.abort)
devices.app.command("reschedule-fax")(entries.reschedule)
app.add_typer(devices.app, name="devices")
app.add_typer(acting.app, name="acting")
app.add_typer(faxes.app, name="faxes")
app.add_typer(batches.app, name="batches")
app.add_typer(suppressions.app, name="suppressions")
app.add_typer(users.app, name="users")
contacts.app.command("import")(importing.import_contacts)
app.add_typer(contacts.app, name="contacts")
app.add_typer(groups.app, name="groups")
app.add_typer(configuration.routes, name="routes")
app.add_typer(configuration.settings, name="settings")
app.add_typer(logs.app, name="logs")
for _command in (fleet_document.export, fleet_document.plan, fleet_document.apply):
    fleet.app.command()(_command)
app.add_typer(fleet.app, name="fleet")
webhooks.app.command("pause")(repairing.pause)
webhooks.app.command("resume")(repairing.resume)
webhooks.app.command("attempts")(repairing.attempts)
webhooks.app.command("replay")(replays.replay)
webhooks.app.command("replays")(replays.replays)
webhooks.app.command("show-replay")(replays.show_replay)
webhooks.app.command("cancel-replay")(replays.cancel_replay)
webhooks.app.command("dead-letters")(replays.dead_letters)
webhooks.app.command("discard")(replays.discard)
webhooks.app.command("deliveries")(replays.deliveries)
webhooks.app.command("event-types")(repairing.event_types)
webhooks.app.command("sample")(repairing.sample)
webhooks.app.command("keys")(webhook_keys.keys)
webhooks.app.command("rotate-secret")(webhook_keys.rotate)
webhooks.app.command("end-key")(webhook_keys.end)
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(lines.app, name="lines")
app.add_typer(inbound.app, name="inbound")
app.command("watch")(watch.watch)
app.command("events")(history.events)
audit.app.command("export")(exports.export)
app.add_typer(audit.app, name="audit")
app.add_typer(receipt.app, name="receipt")
app.command("simulate")(simulate.simulate)
app.command("demo")(demo.demo)
app.command("export")(export.export)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command (of this process's own arguments, if none are given) and exit."""
    try:
        app(args=None if arguments is None else list(arguments))
    except Trouble as trouble:
        say(f"ffgateway: {trouble}")
        sys.exit(1)
    except GatewayError as no:
        say(f"ffgateway: {no.detail}{' ' + no.cure if no.cure else ''}")
        sys.exit(1)
