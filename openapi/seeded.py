"""Shows that the judges of the contract find what they are for, by faults that are put into a copy of the document.

Usage: seeded.py lint|diff DOCUMENT TOOLS: TOOLS is the folder in which the Node.js tools are installed, with
spectral.yaml.
"""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import breaking


def operation(document, wanted):
    """The operation of that id."""
    for item in document["paths"].values():
        for found in item.values():
            if isinstance(found, dict) and found.get("operationId") == wanted:
                return found
    raise LookupError(wanted)


def schema(document, name):
    return document["components"]["schemas"][name]


# --- Lint -------------------------------------------------------------------------------------------------------------


def plain_refusal(document):
    content = operation(document, "listThemes")["responses"]
    content["404"] = {"description": "x", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def untold_rate(document):
    del operation(document, "listPeriods")["responses"]["200"]["headers"]["RateLimit"]


def untold_wait(document):
    del document["components"]["responses"]["TooManyRequests"]["headers"]["Retry-After"]


def camel_property(document):
    schema(document, "Theme")["properties"]["createdBy"] = {"type": "boolean"}


def camel_parameter(document):
    operation(document, "listThemes")["parameters"].append(
        {"name": "pageSize", "in": "query", "schema": {"type": "boolean"}}
    )


def lower_header(document):
    operation(document, "listThemes")["parameters"].append(
        {"name": "x_trace", "in": "header", "schema": {"type": "boolean"}}
    )


def pascal_id(document):
    operation(document, "listTeams")["operationId"] = "ListTeams"


def nameless_body(document):
    operation(document, "createTheme")["requestBody"]["content"]["application/json"]["schema"] = {"type": "object"}


def nameless_object(document):
    schema(document, "Theme")["properties"]["extent"] = {
        "type": "array",
        "maxItems": 2,
        "items": {"type": "object", "properties": {"a": {"type": "boolean"}}},
    }


def free_text(document):
    schema(document, "PeriodDocument")["properties"]["motto"] = {"type": "string", "maxLength": 9}


def endless_text(document):
    schema(document, "Theme")["properties"]["motto"] = {"type": "string"}


def endless_list(document):
    schema(document, "Theme")["properties"]["mottos"] = {"type": "array", "items": {"type": "boolean"}}


def silent_operation(document):
    del operation(document, "getBoard")["description"]


def bare_body(document):
    del operation(document, "createPeriod")["requestBody"]["content"]["application/json"]["example"]


def bare_answer(document):
    del operation(document, "listRoles")["responses"]["200"]["content"]["application/json"]["example"]


def untrue_example(document):
    operation(document, "createSkill")["requestBody"]["content"]["application/json"]["example"] = {"name": 7}


LINT = {
    "refusals-are-problems": plain_refusal,
    "rates-are-told": untold_rate,
    "busy-answers-say-when": untold_wait,
    "properties-are-snake-case": camel_property,
    "parameters-are-snake-case": camel_parameter,
    "headers-are-spelled-as-headers": lower_header,
    "operation-ids-read-as-methods": pascal_id,
    "schemas-are-named": nameless_body,
    "objects-are-named": nameless_object,
    "texts-that-are-taken-are-restricted": free_text,
    "owasp:api4:2023-string-limit": endless_text,
    "owasp:api4:2023-array-limit": endless_list,
    "operation-description": silent_operation,
    "bodies-have-an-example": bare_body,
    "answers-have-an-example": bare_answer,
    "oas3-valid-media-example": untrue_example,
}


def lint(document, tools):
    """Every rule finds its seed: in one document, since a run takes seconds."""
    seeded = copy.deepcopy(document)
    for seed in LINT.values():
        seed(seeded)
    file = tools / "openapi-seeded.json"
    file.write_text(json.dumps(seeded))
    command = ["node", "node_modules/.bin/spectral", "lint", "--ruleset", "spectral.yaml", "--format", "json", "--quiet"]
    done = subprocess.run([*command, file.name], cwd=tools, capture_output=True, text=True, check=False)
    found = {finding["code"] for finding in json.loads(done.stdout)}
    file.unlink()
    return [f"{rule} does not find its seed" for rule in LINT if rule not in found]


# --- Differences ------------------------------------------------------------------------------------------------------


def removed_property(document):
    del schema(document, "Theme")["properties"]["title"]


def removed_path(document):
    del document["paths"]["/v1/board"]


def required_parameter(document):
    operation(document, "listThemes")["parameters"].append(
        {"name": "must", "in": "query", "required": True, "schema": {"type": "boolean"}}
    )


def required_field(document):
    schema(document, "ThemeDocument")["required"].append("success")


def lost_word(document):
    schema(document, "OutcomeState")["enum"].pop()


def tighter_bound(document):
    schema(document, "Text2000")["maxLength"] = 1000


def other_scope(document):
    operation(document, "listThemes")["security"] = [{"bearer": ["admin"]}]


def risen_major(document):
    removed_property(document)
    version = document["info"]["version"].split(".")
    document["info"]["version"] = f"{int(version[0]) + 1}.0.0"


def optional_parameter(document):
    operation(document, "listThemes")["parameters"].append(
        {"name": "may", "in": "query", "required": False, "schema": {"type": "boolean"}}
    )


def added_property(document):
    schema(document, "Theme")["properties"]["motto"] = {"type": "boolean"}


def gained_word(document):
    schema(document, "OutcomeState")["enum"].append("paused")


def added_operation(document):
    document["paths"]["/v1/tides"] = {"get": operation(document, "listThemes")}


def deprecated_operation(document):
    operation(document, "listThemes")["deprecated"] = True


# Whether each may not be made while the major version stays.
DIFF = {
    removed_property: True,
    removed_path: True,
    required_parameter: True,
    required_field: True,
    lost_word: True,
    tighter_bound: True,
    other_scope: True,
    risen_major: False,
    optional_parameter: False,
    added_property: False,
    gained_word: False,
    added_operation: False,
    deprecated_operation: False,
}


def diff(document, tools):
    """What breaks is refused, and what does not is let through."""
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        before, after = pathlib.Path(folder, "before.json"), pathlib.Path(folder, "after.json")
        before.write_text(json.dumps(document))
        for seed, is_breaking in DIFF.items():
            seeded = copy.deepcopy(document)
            seed(seeded)
            after.write_text(json.dumps(seeded))
            if bool(breaking.refused(breaking.compare(before, after, tools))) is not is_breaking:
                faults.append(f"{seed.__name__} is {'let through' if is_breaking else 'refused'}")
    return faults


JUDGES = {"lint": (lint, LINT), "diff": (diff, DIFF)}


def main():
    what, document, tools = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text()), pathlib.Path(sys.argv[3])
    judge, seeds = JUDGES[what]
    faults = judge(document, tools)
    for fault in faults:
        print(f"{what}: {fault}", file=sys.stderr)
    if faults:
        sys.exit(1)
    print(f"{what}: {len(seeds)} seeded changes, each is judged rightly", file=sys.stderr)


if __name__ == "__main__":
    main()
