"""What a fuzzer of single requests cannot know: an Idempotency-Key stands for one payload."""

import re
import uuid

import schemathesis


@schemathesis.hook
def map_headers(context, headers):
    """Gives each request that has a well-formed key one of its own; malformed keys stay as they were made."""
    for name, value in list((headers or {}).items()):
        if name.lower() == "idempotency-key" and re.fullmatch("[!-~]{1,255}", value or ""):
            headers[name] = uuid.uuid4().hex
    return headers
