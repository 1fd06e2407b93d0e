"""Appliances as JSON on their way in; `answers.DeviceOut` is the way out."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from ffgateway.rest.bodies import (
    Certificate,
    DeviceUrl,
    Fingerprint,
    Line,
    Name,
    Seconds,
    Strict,
    Zone,
)


class OverrideBody(Strict):
    """What an operator saw of an operation; what is absent or null is as the dialect has it."""

    path: Annotated[Line | None, Field(description="Below `/ffws/v1`, with the same places.")] = (
        None
    )
    method: Literal["GET", "POST", "PUT", "DELETE"] | None = None
    elements: Annotated[
        dict[str, str] | None, Field(description="Names of elements: ours to the appliance's.")
    ] = None

    def override(self) -> dict[str, object]:
        """What is given of it."""
        return self.model_dump(exclude_none=True)


OVERRIDES: Final = Field(
    description="Operations that this appliance spells otherwise, by name; each then counts as"
    " observed.",
    examples=[{"about.get": {"path": "/system/about", "elements": {"model": "product_name"}}}],
)
Overrides = Annotated[dict[Line, OverrideBody], OVERRIDES]
Firmware = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9]{1,4}(\.[0-9]{1,4}){0,5})?$"),
    Field(examples=["3.5.2"], description="Closes what needs a later one; empty is not known."),
]


def overrides_of(bodies: Mapping[str, OverrideBody]) -> dict[str, dict[str, object]]:
    """The overrides that bodies stand for."""
    return {name: body.override() for name, body in bodies.items()}


class DeviceRequest(Strict):
    """An appliance to be taken into the fleet."""

    name: Name
    url: DeviceUrl
    username: Name
    password: Annotated[Line, Field(description="Kept sealed, never shown.")]
    model: Annotated[Line, Field(examples=["FF240"])] = ""
    zone: Annotated[Zone, Field(description="The zone of the appliance's clock.")] = "UTC"
    dialect: Literal["faxfinder-2", "faxfinder-3"] = "faxfinder-3"
    ca_pem: Certificate | None = None
    fingerprint: Fingerprint | None = None
    poll_busy_seconds: Seconds = 1.0
    poll_idle_seconds: Seconds = 15.0
    firmware: Firmware = ""
    overrides: Overrides = Field(default={})


class DevicePatch(Strict):
    """What to change of an appliance; what is absent or null stays."""

    name: Name | None = None
    url: DeviceUrl | None = None
    username: Name | None = None
    password: Line | None = None
    model: Line | None = None
    zone: Zone | None = None
    dialect: Literal["faxfinder-2", "faxfinder-3"] | None = None
    ca_pem: Certificate | None = None
    fingerprint: Fingerprint | None = None
    enabled: bool | None = None
    poll_busy_seconds: Seconds | None = None
    poll_idle_seconds: Seconds | None = None
    firmware: Firmware | None = None
    overrides: Annotated[Overrides | None, Field(description="The whole new set of overrides.")] = (
        None
    )
