"""What Home Assistant's hassfest demands of a custom integration, and what it leaves out.

The rules of its validators that concern an integration like this one, each as a function
from the integration's folder to complaints. hassfest itself runs in a container, in the
workflow that validates; here a mistake is found before it is pushed. The last rule is one
that hassfest applies to Home Assistant's own integrations only: texts and icons of
actions, triggers and conditions are complete.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
import json
from pathlib import Path
import re
from string import Formatter
from typing import Any, Final

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from packaging.requirements import InvalidRequirement, Requirement
import voluptuous as vol

from homeassistant.const import Platform
from homeassistant.helpers import config_validation as cv, selector
from homeassistant.util.yaml import load_yaml_dict

type Rule = Callable[[Path], Iterator[str]]

# What the editor offers, with the file that describes it and the platform behind it.
_OFFERED: Final[Mapping[str, str]] = {
    "services": "services.py",
    "triggers": "trigger.py",
    "conditions": "condition.py",
}


def complaints(package: Path) -> list[str]:
    """Return everything that is wrong with an integration."""
    return [complaint for rule in RULES for complaint in rule(package)]


def _read(path: Path) -> Any:
    return json.loads(path.read_bytes()) if path.is_file() else {}


def _broken(what: str, schema: Callable[[Any], Any], content: Any) -> Iterator[str]:
    try:
        schema(content)
    except vol.MultipleInvalid as err:
        for error in err.errors:
            yield f"{what}: {error}"
    except vol.Invalid as err:
        yield f"{what}: {err}"


# --------------------------------------------------------------------------------------
# Files


def json_files(package: Path) -> Iterator[str]:
    """Complain of files that can't be read."""
    for path in sorted(package.rglob("*.json")):
        try:
            json.loads(path.read_bytes())
        except ValueError:
            yield f"{path.relative_to(package)} is no JSON"


# --------------------------------------------------------------------------------------
# The manifest


def _address(value: str) -> str:
    if not re.fullmatch(r"https://[\w.-]+\.[a-z]+(?:/\S*)?", value):
        raise vol.Invalid("no https address")
    if value.startswith("https://www.home-assistant.io/"):
        raise vol.Invalid("Home Assistant documents its own integrations only")
    return value


def _handle(value: str) -> str:
    if not re.fullmatch(r"@[\w-]+(?:/[\w-]+)?", value):
        raise vol.Invalid("no handle of a person or a team")
    return value


def _version(value: str) -> str:
    strategies = [
        AwesomeVersionStrategy.CALVER,
        AwesomeVersionStrategy.SEMVER,
        AwesomeVersionStrategy.SIMPLEVER,
        AwesomeVersionStrategy.BUILDVER,
        AwesomeVersionStrategy.PEP440,
    ]
    if AwesomeVersion(value).strategy not in strategies:
        raise vol.Invalid("no version")
    return value


def _limited(value: str) -> str:
    """Accept a requirement that says which versions fit, without blanks.

    hassfest asks Home Assistant's own integrations only for one exact version.
    """
    try:
        requirement = Requirement(value)
    except InvalidRequirement:
        raise vol.Invalid("no requirement") from None
    if " " in value or not requirement.specifier:
        raise vol.Invalid("no limit of versions, or blanks")
    return value


_MANIFEST: Final = vol.Schema(
    {
        vol.Required("domain"): cv.slug,
        vol.Required("name"): str,
        vol.Optional("after_dependencies"): [str],
        vol.Required("codeowners"): vol.All([_handle], vol.Length(min=1)),
        vol.Optional("config_flow"): bool,
        vol.Optional("dependencies"): [str],
        vol.Required("documentation"): vol.All(str, _address),
        vol.Optional("import_executor"): bool,
        vol.Required("integration_type"): vol.In(
            ["device", "entity", "hardware", "helper", "hub", "service", "system"]
        ),
        vol.Required("iot_class"): vol.In(
            [
                "assumed_state",
                "calculated",
                "cloud_polling",
                "cloud_push",
                "local_polling",
                "local_push",
            ]
        ),
        vol.Optional("issue_tracker"): vol.All(str, _address),
        vol.Optional("loggers"): [str],
        vol.Optional("requirements"): [_limited],
        vol.Optional("single_config_entry"): bool,
        vol.Required("version"): vol.All(str, _version),
    }
)


def manifest(package: Path) -> Iterator[str]:
    """Complain of what the manifest says, and in which order."""
    content = _read(package / "manifest.json")
    yield from _broken("manifest.json", _MANIFEST, content)
    keys = list(content)
    first = [key for key in ("domain", "name") if key in content]
    if keys != [*first, *sorted(set(keys) - set(first))]:
        yield "manifest.json is not in the order domain, name, then by the alphabet"
    if content.get("domain") != package.name:
        yield "the domain is not the name of the folder"
    if content.get("config_flow") and not (package / "config_flow.py").is_file():
        yield "there is no config_flow.py"


# --------------------------------------------------------------------------------------
# Code

# Integrations that are always there, and may be imported by all.
_FREE: Final = {platform.value for platform in Platform} | {
    "automation",
    "conversation",
    "device_automation",
    "frontend",
    "group",
    "homeassistant",
    "logbook",
    "media_source",
    "onboarding",
    "persistent_notification",
    "person",
    "script",
    "sun",
    "system_health",
    "system_log",
    "webhook",
    "websocket_api",
    "zone",
}


def dependencies(package: Path) -> Iterator[str]:
    """Complain of other integrations that are used without being waited for."""
    content = _read(package / "manifest.json")
    own = {path.stem for path in package.iterdir()}
    waited_for = {
        *content.get("dependencies", ()),
        *content.get("after_dependencies", ()),
    }
    used = {name for path in package.rglob("*.py") for name in _integrations(path)}
    for name in sorted(used - _FREE - own - waited_for):
        yield f"{name} is used, but no dependency"
    for name in sorted(
        {*content.get("dependencies", ())} & {*content.get("after_dependencies", ())}
    ):
        yield f"{name} is a dependency in two ways"


def _integrations(path: Path) -> Iterator[str]:
    """Yield the integrations that a file imports, when it is run."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.ImportFrom(module="homeassistant.components", names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module)):
                yield from _integration(module)
            case ast.Import(names=names):
                for name in names:
                    yield from _integration(name.name)


def _integration(module: str) -> Iterator[str]:
    if module.startswith("homeassistant.components."):
        yield module.split(".")[2]


def config_schema(package: Path) -> Iterator[str]:
    """Complain of a set-up that does not say what it takes from YAML."""
    path = package / "__init__.py"
    module = ast.parse(path.read_bytes()) if path.is_file() else ast.Module([])
    names = {
        name
        for node in module.body
        for name in (
            [node.name]
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
            else _assigned(node)
        )
    }
    if names & {"async_setup", "setup"} and "CONFIG_SCHEMA" not in names:
        yield "async_setup without CONFIG_SCHEMA"


def _assigned(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Assign(targets=targets):
            yield from (name.id for name in targets if isinstance(name, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


# --------------------------------------------------------------------------------------
# Texts

_KEY: Final = re.compile(r"(?!.*[_-]{2})[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")
_ADDRESS: Final = re.compile(
    r"(?:(?:ftps?|scp|https?|mqtts?|socket5?)://|www\.)[a-z0-9]", re.IGNORECASE
)


def _key(value: Any) -> str:
    if not (isinstance(value, str) and _KEY.fullmatch(value)):
        raise vol.Invalid(f"{value} cannot be the key of a text")
    return value


def _plain(value: Any) -> str:
    """Return a text that keeps to the rules."""
    text = cv.string_with_no_html(value)
    if text != text.strip():
        raise vol.Invalid("blanks around the text")
    if _ADDRESS.search(text):
        raise vol.Invalid("an address in the text: give it as a placeholder")
    if re.search(r"'{\w+}'", text):
        raise vol.Invalid("a placeholder in single quotes")
    if "[%key:" in text:
        raise vol.Invalid("a reference, which is not resolved here")
    try:
        names = [name for _, name, _, _ in Formatter().parse(text) if name]
    except ValueError:
        raise vol.Invalid("a brace without its other half") from None
    if not all(name.isidentifier() for name in names):
        raise vol.Invalid("a placeholder that is no name")
    return text


def _fixed(value: Any) -> str:
    """Return a text that mentions nothing."""
    text = _plain(value)
    if any(name for _, name, _, _ in Formatter().parse(text)):
        raise vol.Invalid("a placeholder where nothing is filled in")
    return text


def _each(value: Any, key: Callable[[Any], str] = _key) -> Callable[[Any], Any]:
    """Return the schema of a table."""
    schema: Callable[[Any], Any] = cv.schema_with_slug_keys(value, slug_validator=key)
    return schema


_FORM: Final = {
    vol.Optional("title"): _plain,
    vol.Optional("description"): _plain,
    vol.Optional("data"): {str: _plain},
    vol.Optional("data_description"): {str: _plain},
    vol.Optional("menu_options"): {str: _plain},
    vol.Optional("menu_option_descriptions"): {str: _plain},
    vol.Optional("submit"): _plain,
    vol.Optional("sections"): {
        str: {
            vol.Optional("name"): _plain,
            vol.Optional("description"): _plain,
            vol.Optional("data"): {str: _plain},
            vol.Optional("data_description"): {str: _plain},
        }
    },
}


def _describes_what_it_has(form: dict[str, Any]) -> dict[str, Any]:
    """Refuse the description of a field that is not there."""
    for part in (form, *form.get("sections", {}).values()):
        if lost := set(part.get("data_description", ())) - set(part.get("data", ())):
            raise vol.Invalid(f"a description of {sorted(lost)}, which is no field")
    return form


_FLOW: Final = {
    vol.Optional("flow_title"): _plain,
    vol.Required("step"): {str: vol.All(vol.Schema(_FORM), _describes_what_it_has)},
    vol.Optional("error"): {str: _plain},
    vol.Optional("abort"): {str: _plain},
    vol.Optional("progress"): {str: _plain},
    vol.Optional("create_entry"): {str: _plain},
    vol.Optional("initiate_flow"): {vol.Required("user"): _plain},
}
_SUBENTRY_FLOW: Final = {
    **_FLOW,
    vol.Required("entry_type"): _plain,
    vol.Required("initiate_flow"): {vol.Required("user"): _plain, str: _plain},
}


def _repair(value: dict[str, Any]) -> dict[str, Any]:
    """Refuse an issue that is neither explained nor repaired, or both."""
    if len({"description", "fix_flow"} & set(value)) != 1:
        raise vol.Invalid("needs a description or a fix_flow")
    return value


def _offered(field_description: type[vol.Marker]) -> Callable[[Any], Any]:
    """Return the schema of the texts of what the editor offers."""
    field = {
        vol.Required("name"): _plain,
        field_description("description"): _plain,
        vol.Optional("example"): _plain,
    }
    part = {vol.Required("name"): _plain, vol.Optional("description"): _plain}
    return _each(
        {
            vol.Required("name"): _plain,
            vol.Required("description"): _plain,
            vol.Optional("fields"): _each(field),
            vol.Optional("sections"): _each(part),
        },
        cv.underscore_slug,
    )


_ATTRIBUTE: Final = {
    vol.Optional("name"): _fixed,
    vol.Optional("state"): _each(_fixed),
}
_TEXTS: Final = vol.Schema(
    {
        vol.Optional("title"): _plain,
        vol.Optional("common"): _each(_plain, cv.slug),
        vol.Optional("config"): _FLOW,
        vol.Optional("config_subentries"): _each(_SUBENTRY_FLOW, cv.slug),
        vol.Optional("options"): _FLOW,
        vol.Optional("application_credentials"): {vol.Optional("description"): _plain},
        vol.Optional("selector"): _each(
            {
                vol.Optional("options"): _each(_plain),
                vol.Optional("choices"): _each(_plain),
                vol.Optional("fields"): dict,
                vol.Optional("unit_of_measurement"): _each(_plain),
            },
            cv.slug,
        ),
        vol.Optional("device"): _each({vol.Optional("name"): _plain}),
        vol.Optional("entity"): _each(
            _each(
                {
                    vol.Optional("name"): _plain,
                    vol.Optional("state"): _each(_fixed),
                    vol.Optional("state_attributes"): _each(_ATTRIBUTE),
                    vol.Optional("unit_of_measurement"): _fixed,
                }
            ),
            cv.slug,
        ),
        vol.Optional("exceptions"): _each({vol.Optional("message"): _plain}, cv.slug),
        vol.Optional("issues"): {
            str: vol.All(
                {
                    vol.Required("title"): _plain,
                    vol.Optional("description"): _plain,
                    vol.Optional("fix_flow"): _FLOW,
                },
                _repair,
            )
        },
        vol.Optional("services"): _offered(vol.Required),
        vol.Optional("triggers"): _offered(vol.Optional),
        vol.Optional("conditions"): _offered(vol.Optional),
        vol.Optional("system_health"): {vol.Optional("info"): _each(_plain)},
    }
)


def texts(package: Path) -> Iterator[str]:
    """Complain of the texts; hassfest checks the English ones only."""
    paths = sorted((package / "translations").glob("*.json"))
    if "en" not in {path.stem for path in paths}:
        yield "there are no English texts"
    for path in paths:
        yield from _broken(f"translations/{path.name}", _TEXTS, _read(path))


# --------------------------------------------------------------------------------------
# Icons


def _icon(value: Any) -> str:
    if not re.fullmatch(r"mdi:[a-z0-9-]+", cv.string_with_no_html(value)):
        raise vol.Invalid("no icon from Material Design Icons")
    return str(value)


def _ascending(value: dict[str, str]) -> dict[str, str]:
    numbers = [float(number) for number in value]
    if numbers != sorted(set(numbers)):
        raise vol.Invalid("the range does not ascend")
    return value


def _one_way(value: dict[str, Any]) -> dict[str, Any]:
    """Refuse two ways to choose an icon."""
    if "state" in value and "range" in value:
        raise vol.Invalid("icons by state and by range")
    return value


_SHOWN: Final = {
    vol.Optional("default"): _icon,
    vol.Optional("state"): _each(_icon),
    vol.Optional("range"): vol.All({str: _icon}, _ascending),
}
_PARTS: Final = {"step": {str: {"sections": {str: _icon}}}}
_ICONS: Final = vol.Schema(
    {
        vol.Optional("config"): _PARTS,
        vol.Optional("options"): _PARTS,
        vol.Optional("issues"): {str: {"fix_flow": _PARTS}},
        vol.Optional("entity"): _each(
            _each(
                vol.All(
                    vol.Schema(
                        {
                            **_SHOWN,
                            vol.Optional("state_attributes"): _each(
                                vol.All(vol.Schema(_SHOWN), _one_way)
                            ),
                        }
                    ),
                    _one_way,
                )
            ),
            cv.slug,
        ),
        vol.Optional("services"): _each(
            {
                vol.Optional("service"): _icon,
                vol.Optional("sections"): _each(_icon),
            }
        ),
        vol.Optional("triggers"): _each(
            {vol.Optional("trigger"): _icon}, cv.underscore_slug
        ),
        vol.Optional("conditions"): _each(
            {vol.Optional("condition"): _icon}, cv.underscore_slug
        ),
    }
)


def icons(package: Path) -> Iterator[str]:
    """Complain of the icons."""
    path = package / "icons.json"
    if path.is_file():
        yield from _broken("icons.json", _ICONS, _read(path))


# --------------------------------------------------------------------------------------
# What the editor offers


def _exists(value: Any) -> Any:
    if value is None:
        raise vol.Invalid("nothing is given")
    return value


_FIELD: Final = {
    vol.Optional("example"): _exists,
    vol.Optional("default"): _exists,
    vol.Optional("required"): bool,
    vol.Optional("selector"): selector.validate_selector,
}
_OPTION: Final = {**_FIELD, vol.Optional("context"): {str: str}}
_ACTION_FIELD: Final = {
    **_FIELD,
    vol.Optional("advanced"): bool,
    vol.Optional("filter"): {
        vol.Exclusive("attribute", "filter"): {vol.Required(str): [str]},
        vol.Exclusive("supported_features", "filter"): [str],
    },
}
_ACTION_PART: Final = {
    vol.Optional("collapsed"): bool,
    vol.Required("fields"): {str: _ACTION_FIELD},
}


def _description(fields: dict[Any, Any]) -> vol.Schema:
    return vol.Schema(
        {
            cv.underscore_slug: vol.Any(
                None,
                {
                    vol.Optional("target"): vol.Any(
                        None, selector.TargetSelector.CONFIG_SCHEMA
                    ),
                    vol.Optional("fields"): fields,
                },
            ),
        }
    )


_DESCRIPTIONS: Final[Mapping[str, vol.Schema]] = {
    "services": _description({str: vol.Any(_ACTION_FIELD, _ACTION_PART)}),
    "triggers": _description({str: _OPTION}),
    "conditions": _description({str: _OPTION}),
}


def _described(package: Path, kind: str) -> dict[str, Any]:
    """Return what is described in a file, without the parts that are only shared.

    A custom integration may have such parts, with a dot in front, for triggers and
    conditions only.
    """
    path = package / f"{kind}.yaml"
    described = load_yaml_dict(str(path)) if path.is_file() else {}
    return {
        key: value
        for key, value in described.items()
        if kind == "services" or not key.startswith(".")
    }


def descriptions(package: Path) -> Iterator[str]:
    """Complain of the descriptions of actions, triggers and conditions."""
    for kind, module in _OFFERED.items():
        if (package / module).is_file() and not (package / f"{kind}.yaml").is_file():
            yield f"there is {module}, but no {kind}.yaml"
        described = _described(package, kind)
        yield from _broken(f"{kind}.yaml", _DESCRIPTIONS[kind], described)


def choices(package: Path) -> Iterator[str]:
    """Complain of choices without a text."""
    known = _read(package / "translations" / "en.json").get("selector", {})
    for kind in _OFFERED:
        for key, details in _described(package, kind).items():
            for field, content in ((details or {}).get("fields") or {}).items():
                chosen = (content.get("selector") or {}).get("select") or {}
                if (name := chosen.get("translation_key")) not in {None, *known}:
                    yield f"{kind} {key}, {field}: the choice {name} has no texts"


# --------------------------------------------------------------------------------------
# More than hassfest requires of a custom integration


def completeness(package: Path) -> Iterator[str]:
    """Complain of what the editor would show without name, description or icon."""
    names = _read(package / "translations" / "en.json")
    icon_texts = _read(package / "icons.json")
    for kind in _OFFERED:
        described = _described(package, kind)
        yield from _differences(f"{kind}: text", described, names.get(kind, {}))
        yield from _differences(f"{kind}: icon", described, icon_texts.get(kind, {}))
        for key, details in described.items():
            fields = (details or {}).get("fields") or {}
            shown = names.get(kind, {}).get(key, {}).get("fields", {})
            yield from _differences(f"{kind} {key}: text of a field", fields, shown)
        for key, shown in icon_texts.get(kind, {}).items():
            if kind.removesuffix("s") not in shown:
                yield f"{kind} {key} has no icon"


def _differences(
    what: str, wanted: Iterable[str], there: Iterable[str]
) -> Iterator[str]:
    for key in sorted(set(wanted) - set(there)):
        yield f"{what} is missing for {key}"
    for key in sorted(set(there) - set(wanted)):
        yield f"{what} is left over for {key}"


RULES: Final[tuple[Rule, ...]] = (
    json_files,
    manifest,
    dependencies,
    config_schema,
    texts,
    icons,
    descriptions,
    choices,
    completeness,
)
