"""Which country a number belongs to, and whether it can be one: `phonenumbers`, for the domain's rule."""

from collections.abc import Iterable
from functools import lru_cache

import phonenumbers

from ffgateway.domain.devices import Device
from ffgateway.domain.dialling import Dialled, DialPlan, Parsed, dial
from ffgateway.domain.errors import InvalidNumber
from ffgateway.domain.faxes import dialled

POSSIBLE = (
    phonenumbers.ValidationResult.IS_POSSIBLE,
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
)


def dialled_on(device: Device, number: str, *, field: str) -> Dialled:
    """A number as an appliance is to dial it. Raises `InvalidNumber` for one that its region has not."""
    return _dialled(device.region, device.dial_plan, number, field=field)


def in_full(device: Device, number: str) -> str:
    """A number with its country as an appliance's line reads it; as it is written where that is not known."""
    try:
        return dialled_on(device, number, field="").e164 or number
    except InvalidNumber:
        return number


def _dialled(region: str, plan: DialPlan, number: str, *, field: str) -> Dialled:
    digits = sum(char.isdigit() for char in number)
    inside = not number.startswith("+") and digits <= plan.extension_digits
    parsed = None if inside or not region else _parsed(number, region, field=field)
    return dial(number, parsed, plan)


def lacking(device: Device, numbers: Iterable[str]) -> tuple[str, ...]:
    """Those of these numbers that an appliance's line has not."""
    region, inside = device.region, device.dial_plan.extension_digits
    return tuple(one for one in numbers if region and not _has(region, inside, one))


@lru_cache(maxsize=1 << 16)
def _has(region: str, extension_digits: int, number: str) -> bool:
    line = DialPlan(extension_digits=extension_digits)
    try:
        _dialled(region, line, number, field="")
    except InvalidNumber:
        return False
    return True


@lru_cache(maxsize=1 << 16)
def ways_to_write(number: str, regions: frozenset[str]) -> frozenset[str]:
    """The digits by which a number may be known where lines are of these regions.

    As it is written, as the whole world writes it, and as a region of its own country does.
    """
    found = {dialled(number)}
    for region in regions:
        try:
            parsed = phonenumbers.parse(number, region)
        except phonenumbers.NumberParseException:
            continue
        if not phonenumbers.is_possible_number(parsed):
            continue
        found.add(dialled(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)))
        if parsed.country_code == phonenumbers.country_code_for_region(region):
            at_home = phonenumbers.PhoneNumberFormat.NATIONAL
            found.add(dialled(phonenumbers.format_number(parsed, at_home)))
    return frozenset(found)


def known_region(region: str) -> bool:
    """Whether there are rules for the numbers of a country."""
    return region in phonenumbers.SUPPORTED_REGIONS


def _parsed(number: str, region: str, *, field: str) -> Parsed:
    try:
        found = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        found = None
    possible = found and phonenumbers.is_possible_number_with_reason(found)
    local = possible == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY
    if found is None or (local and number.startswith("+")) or possible not in POSSIBLE:
        raise InvalidNumber(
            f"{number} cannot be a number in {region}.",
            field=field,
            cure="Write it as it is dialled there, or with + and the country code.",
        )
    return Parsed(
        country=found.country_code or 0,
        national=phonenumbers.national_significant_number(found),
        domestic=found.country_code == phonenumbers.country_code_for_region(region),
        local=local,
    )
