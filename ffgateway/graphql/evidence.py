"""How something is known, named once: types of several modules show it."""

import strawberry

from ffgateway.domain.evidence import Evidence

__all__ = ["Evidence"]

strawberry.enum(Evidence, description="How a function of an appliance is known.")
