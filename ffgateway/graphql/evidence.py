"""How something is known, named once: types of several modules show it."""

import strawberry

from ffgateway.domain.evidence import Evidence

__all__ = ["STAND_IN", "Evidence"]

strawberry.enum(Evidence, description="How a function of an appliance is known.")

STAND_IN = (
    " A stand-in: no wire form of it is public, so this is a form of this project's own making"
    " until an override says better."
)
"""What the description of a field says whose form on the wire is not public."""
