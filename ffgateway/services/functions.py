"""The functions of the appliance as the vendor's guide and our stand-ins have them, for the surfaces."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ffgateway.devices.functions import known_functions
from ffgateway.domain.evidence import Function

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(known_functions())
"""By name. A device's own dialect may know one better: the grade in an answer is the one that counts."""
