"""Answers and requests of telephony, compared with the platform's published description."""

from collections.abc import Iterator, Mapping
from functools import cache
import json
from pathlib import Path
import re
from typing import Any, Final

_FILE: Final = Path(__file__).parents[1] / "fixtures" / "openapi_telephony.json"

# What recorded session events have, and the description has not.
_UNDESCRIBED: Final = re.compile(
    r"\.body\.parties\[\d+\]\.(owner|ringOutRole|(from|to)\.deviceId): not described"
    r"|\.body\.parties\[\d+\]\.uiCallInfo\.additional\.type: CallerIdNumber"
)

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}


@cache
def _published() -> Any:
    return json.loads(_FILE.read_text())


def _operation(method: str, path: str) -> Any:
    path = path.partition("?")[0]
    for template, operations in _published()["paths"].items():
        pattern = re.sub(r"{\w+}", "[^/]+", template)
        if method.lower() in operations and re.fullmatch(pattern, path):
            return operations[method.lower()]
    return None


def answer_problems(method: str, path: str, status: int, body: object) -> list[str]:
    """Return how an answer deviates from its description; unknown paths have none."""
    operation = _operation(method, path)
    if operation is None or not 200 <= status < 300:
        return []
    answers = operation["answers"]
    if str(status) not in answers:
        return [f"status {status}"]
    schema = answers[str(status)]
    if schema is None:
        return ["a body"] if body not in (None, b"") else []
    return list(_problems(schema, body, ""))


def request_problems(method: str, path: str, body: object) -> list[str]:
    """Return how the body of a request deviates from its description."""
    operation = _operation(method, path)
    if operation is None:
        return ["an unknown path"]
    described = operation.get("body")
    if described is None or described["schema"] is None:
        return ["a body"] if body else []
    if body is None:
        return ["no body"] if described["required"] else []
    return list(_problems(described["schema"], body, ""))


def event_problems(event: object) -> list[str]:
    """Return how the envelope of a session event deviates from its description."""
    schema = {"$ref": "ExtensionTelephonySessionsEvent"}
    return [
        problem
        for problem in _problems(schema, event, "")
        if not _UNDESCRIBED.fullmatch(problem)
    ]


def _problems(schema: Any, value: Any, place: str) -> Iterator[str]:
    schema = _whole(schema)
    for name in ("oneOf", "anyOf"):
        if name in schema and all(
            list(_problems(part, value, place)) for part in schema[name]
        ):
            yield f"{place}: none of {name}"
    if value is None and schema.get("nullable"):
        return
    kind = schema.get("type") or ("object" if "properties" in schema else None)
    if kind is not None and not _is_a(value, kind):
        yield f"{place}: no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value}"
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from _problems(schema["items"], item, f"{place}[{number}]")
    if isinstance(value, dict):
        yield from _object_problems(schema, value, place)


def _whole(schema: Any) -> Any:
    """Return a schema with what it refers to and what it is made of."""
    if "$ref" in schema:
        return _whole(_published()["schemas"][schema["$ref"]])
    if "allOf" not in schema:
        return schema
    whole = {name: part for name, part in schema.items() if name != "allOf"}
    for part in map(_whole, schema["allOf"]):
        properties = {**whole.get("properties", {}), **part.get("properties", {})}
        required = [*whole.get("required", ()), *part.get("required", ())]
        whole = {**part, **whole, "properties": properties, "required": required}
    return whole


def _object_problems(schema: Any, value: Any, place: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}.{name}: missing"
    for name, item in value.items():
        if name in properties:
            yield from _problems(properties[name], item, f"{place}.{name}")
        elif properties and not schema.get("additionalProperties"):
            yield f"{place}.{name}: not described"


def _is_a(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])
