"""What a fuzzer of single requests cannot know: an Idempotency-Key stands for one payload, and which formats are text."""

import re
import uuid

import schemathesis
from hypothesis import strategies

# Lines of JSON go over the wire as they are written.
schemathesis.serializer.alias("application/x-ndjson", "text/plain")


# Zones that every edition of the database has.
ZONES = ["Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "Etc/GMT+5", "UTC"]
schemathesis.openapi.format("iana-time-zone", strategies.sampled_from(ZONES))


@schemathesis.deserializer("text/csv", "text/markdown", "text/calendar", "application/x-ndjson")
def as_text(context, response):
    """Texts are judged as texts."""
    return response.text


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives each call that has a well-formed key one of its own; malformed keys stay as they were made.

    At the call, not when headers are generated: some phases make the headers once and then vary the rest.
    """
    # What is meant to be refused stays as it was made, since it is judged by what was made.
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    for name, value in (case.headers or {}).items():
        if name.lower() == "idempotency-key" and re.fullmatch("[!-~]{1,255}", value or ""):
            case.headers = {**case.headers, name: uuid.uuid4().hex}
            return
