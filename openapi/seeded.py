"""Shows that the judges of the contract find what they are for, by faults that are put into a copy of the document.

Usage: seeded.py lint DOCUMENT TOOLS: TOOLS is the folder in which the Node.js tools are installed, with spectral.yaml.
"""

import copy
import json
import pathlib
import subprocess
import sys


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


JUDGES = {"lint": (lint, LINT)}


def main():
    what, document, tools = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text()), pathlib.Path(sys.argv[3])
    judge, seeds = JUDGES[what]
    faults = judge(document, tools)
    for fault in faults:
        print(f"{what}: {fault}", file=sys.stderr)
    if faults:
        sys.exit(1)
    print(f"{what}: {len(seeds)} seeded faults, each is found", file=sys.stderr)


if __name__ == "__main__":
    main()
