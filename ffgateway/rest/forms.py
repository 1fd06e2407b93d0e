"""Forms in the OpenAPI document: the settings of a JSON body as fields, documents as files."""

from ffgateway.domain.dialling import FAX_NUMBER, LONGEST_NUMBER
from ffgateway.domain.faxes import MAX_RECIPIENTS
from ffgateway.domain.recipient_files import COLUMNS
from ffgateway.rest import bodies
from ffgateway.rest.wording import Schema

DOCUMENT: Schema = {"type": "string", "format": "binary", "maxLength": bodies.LARGEST_FAX}

_FILES: Schema = {
    "type": "array",
    "items": DOCUMENT,
    "minItems": 1,
    "maxItems": 20,
    "description": "The files, each with its type.",
}


def fax_form(settings: Schema) -> Schema:
    """The fields of a form: those of the JSON body, numbers also as `to`, documents as files."""
    properties = {name: without_null(one) for name, one in settings["properties"].items()}
    number = {"type": "string", "pattern": FAX_NUMBER, "maxLength": LONGEST_NUMBER}
    properties["to"] = {
        "type": "array",
        "items": number,
        "minItems": 1,
        "maxItems": MAX_RECIPIENTS,
        "description": "Numbers, instead of `recipients`.",
    }
    properties["documents"] = _FILES
    forms = []  # they exclude each other, as each refuses what only the other has
    for present, absent in (("to", "recipients"), ("recipients", "to")):
        fields = {name: one for name, one in properties.items() if name != absent}
        forms.append(
            {
                "type": "object",
                "properties": fields,
                "required": [present, "documents"],
                "additionalProperties": False,
            }
        )
    return {
        "title": "FaxForm",
        "description": "A fax as a form, its documents as files.",
        "anyOf": forms,
    }


def batch_form(settings: Schema) -> Schema:
    """The fields of a form that sends a batch: the recipients are a file, too."""
    properties = {name: without_null(one) for name, one in settings["properties"].items()}
    properties["recipients"] = {
        "type": "string",
        "format": "recipients-csv",
        "maxLength": bodies.LARGEST_FAX,
        "description": "CSV in UTF-8, commas or semicolons. The first row names the columns: "
        + ", ".join(f"`{name}`" for name in COLUMNS)
        + ". Only the first is needed.",
    }
    properties["documents"] = _FILES
    return {
        "title": "BatchForm",
        "description": "A batch as a form: its recipients as a CSV file, its documents as files.",
        "type": "object",
        "properties": properties,
        "required": ["recipients", "documents"],
        "additionalProperties": False,
    }


def without_null(schema: Schema) -> Schema:
    """A parameter or form field is absent, never null; nor is null the default of one."""
    kept = {key: value for key, value in schema.items() if (key, value) != ("default", None)}
    kinds = [one for one in kept.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) == 1:
        del kept["anyOf"]
        kept = {**kinds[0], **kept}
    return kept
