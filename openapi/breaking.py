"""Compares the document with the last released one, and refuses a change that breaks a client while the major version
stays.

Usage: breaking.py RELEASED DOCUMENT TOOLS: TOOLS is the folder in which the Node.js tools are installed.

What breaks is judged by `redocly diff`. One of its rules is left out: an enumeration in an answer may gain values, and
the document says of each such enumeration that it may (`x-extensible-enum`). That one loses a value breaks.
"""

import json
import os
import pathlib
import subprocess
import sys

LEFT_OUT = ["enum-values-added"]

# Changes that the tool takes for breaking and that are none, such as a pattern that has become wider: what its line
# contains, and why. Emptied at a release; one that no line contains is refused.
ACCEPTED: dict[str, str] = {}

QUIET = {"REDOCLY_TELEMETRY": "off", "NODE_NO_WARNINGS": "1"}


def compare(released, document, tools):
    """What differs between two files, as the tool reports it."""
    command = ["node", str(tools / "node_modules/@redocly/cli/bin/cli.js"), "diff", str(released), str(document)]
    rules = [option for rule in LEFT_OUT for option in ("--skip-rule", rule)]
    done = subprocess.run(
        [*command, "--format", "json", "--fail-on", "none", *rules],
        env={**os.environ, **QUIET},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"redocly diff failed:\n{done.stderr}")
    return json.loads(done.stdout)


def breaks(report):
    """Each change that breaks a client, as a line."""
    return [
        f"{change['path']}: {' '.join(verdict['message'] for verdict in change['verdicts'])}"
        for change in report["changes"]
        if change["impact"] == "major"
    ]


def major(version):
    return int(version.split(".")[0])


def refused(report):
    """The changes that may not be made under the version that the document has."""
    versions = report["infoVersions"]
    if major(versions["revision"]) > major(versions["base"]):
        return []
    lines = breaks(report)
    stale = [f"ACCEPTED speaks of no change: {part}" for part in ACCEPTED if not any(part in line for line in lines)]
    return stale + [line for line in lines if not any(part in line for part in ACCEPTED)]


def main():
    released, document, tools = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
    report = compare(released, document, tools)
    versions, counted = report["infoVersions"], report["summary"]
    print(
        f"since {versions['base']}: {counted['major']} breaking changes, {counted['minor']} additions, "
        f"{counted['patch']} others; now {versions['revision']}",
        file=sys.stderr,
    )
    faults = refused(report)
    for fault in faults:
        print(f"refused: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
