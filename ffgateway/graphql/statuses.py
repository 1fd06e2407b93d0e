"""The statuses of a fax, named once: types of several modules show them."""

import strawberry

from ffgateway.domain.faxes import FaxStatus

__all__ = ["FaxStatus"]

strawberry.enum(FaxStatus, description="Where a fax is. May grow: fall back to its phase.")
