"""The walk over every function that reads: asked with the device's credentials, changing nothing.

What an override made of a read, if it is no GET any more, is not asked.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from string import Formatter
from typing import Final

from ffgateway.devices.client import Appliance
from ffgateway.domain.errors import DeviceSilent
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.exchange import LARGEST_REPLY, Reply
from ffgateway.domain.probing import Finding, Probe, Verdict
from ffgateway.ffws import errors as ffws
from ffgateway.ffws.comparing import compare, names_in
from ffgateway.ffws.elements import Fields, parse_response
from ffgateway.ffws.exchange import check, message_in, renamed, request_for
from ffgateway.ffws.paths import ROOT, Operation
from ffgateway.ffws.scrubbing import Scrubber

GIVEN_UP_AFTER: Final = 3
"""Requests in a row that are left unanswered, each for as long as a look may take."""

LARGEST_SAMPLE: Final = 64 * 1024
"""Bytes of an answer of which a sample is made."""

_DOCUMENT: Final = re.compile(r"\s*application/pdf\b", re.IGNORECASE)


async def probe(box: Appliance) -> Probe:
    """Ask for everything that can be read, one after the other.

    Raises the `DeviceError` of an appliance that cannot be reached or is not who it should be. One
    that leaves a single request unanswered is asked the next, three in a row end the walk.
    """
    walk = _Walk(box)
    findings = [
        await walk.look(operation)
        for operation in box.dialect.operations.values()
        if not operation.writes or operation.method == "GET"
    ]
    return Probe(
        device_id=box.device.id,
        model=box.device.model,
        firmware=box.device.firmware or walk.firmware,
        findings=tuple(findings),
    )


class _Walk:
    """What is known so far: keys to ask for, and replacements."""

    def __init__(self, box: Appliance) -> None:
        self.firmware = ""
        self._box = box
        self._scrubber = Scrubber()
        self._silences = 0  # in a row
        self._named: dict[str, dict[str, str]] = {"": {"section": "SYSTEM", "name": "default"}}

    async def look(self, operation: Operation) -> Finding:
        """Ask for one operation and compare."""
        nothing = Finding(
            operation=operation.name,
            evidence=Evidence(operation.evidence.value),
            path=ROOT + operation.path,
            verdict=Verdict.NOT_ASKED,
        )
        if operation.method != "GET":
            return replace(
                nothing, reason=f"{operation.method} is not asked: it may change something"
            )
        if reason := self._box.lacks(operation.name, learnt=False):
            return replace(nothing, reason=reason)
        if self._silences == GIVEN_UP_AFTER:
            return replace(nothing, reason="the appliance has stopped answering")
        places = self._places(operation)
        if places is None:
            return replace(nothing, reason="the appliance lists nothing to ask for")
        wire = request_for(self._box.dialect, operation.name, query=None, **places)
        began = time.perf_counter()
        try:
            reply = await self._box.exchange(wire, most=LARGEST_REPLY)
        except DeviceSilent as silent:
            self._silences += 1
            return replace(nothing, path=wire.path, verdict=Verdict.SILENT, reason=silent.detail)
        self._silences = 0
        finding = replace(
            nothing,
            path=wire.path,
            status=reply.status,
            milliseconds=round((time.perf_counter() - began) * 1000),
            sample=self._sample(reply),
        )
        return self._compared(operation, reply, finding)

    def _places(self, operation: Operation) -> dict[str, str | int] | None:
        known: Mapping[str, str] = {
            "username": self._box.device.username,
            **self._named[""],
            **self._named.get(operation.element or "fax_entry", {}),
        }
        wanted = [place for _, place, _, _ in Formatter().parse(operation.path) if place]
        if any(place not in known for place in wanted):
            return None
        return {place: known[place] for place in wanted}

    def _compared(self, operation: Operation, reply: Reply, finding: Finding) -> Finding:
        try:
            body = check(operation, reply.status, reply.body)
        except (
            ffws.Unsupported,
            ffws.NotThere,
        ) as no:  # what was asked for is there, if it lists it
            return replace(finding, verdict=Verdict.LACKS, reason=no.message)
        except ffws.ApplianceTrouble as no:
            return replace(finding, verdict=Verdict.SILENT, reason=no.message)
        except ffws.ApplianceRefusal as no:
            return replace(finding, verdict=Verdict.REFUSED, reason=no.message)
        if not operation.element:
            right = _DOCUMENT.match(reply.content_type) and body.startswith(b"%PDF-")
            verdict = Verdict.AS_BELIEVED if right else Verdict.UNREADABLE
            return replace(finding, verdict=verdict, reason="" if right else "that is no PDF")
        try:
            ours = renamed(self._box.dialect, operation.name, body)
            found = compare(operation, ours)
            self._learn(operation, ours)
        except ffws.MalformedDocument as nonsense:
            return replace(finding, verdict=Verdict.UNREADABLE, reason=str(nonsense))
        return replace(
            finding,
            verdict=_verdict(found.found, different=bool(found.unknown or found.missing)),
            unknown=found.unknown,
            missing=found.missing,
            reason="" if found.found else message_in(ours),
        )

    def _learn(self, operation: Operation, ours: bytes) -> None:
        if names := names_in(operation, ours):
            self._named.setdefault(operation.element, names)
        if operation.name == "about.get":
            about = Fields(parse_response(ours), "response").child("about")
            self.firmware = about.text("firmware_version")

    def _sample(self, reply: Reply) -> str | None:
        if reply.limited or not 0 < len(reply.body) <= LARGEST_SAMPLE:
            return None
        try:
            return self._scrubber.scrub(reply.body).decode("utf-8")
        except ffws.FfwsError:
            return None


def _verdict(found: int, *, different: bool) -> Verdict:
    if different:
        return Verdict.DIFFERS
    return Verdict.AS_BELIEVED if found else Verdict.EMPTY
