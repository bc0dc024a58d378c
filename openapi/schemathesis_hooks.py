"""What a fuzzer of single requests cannot know: an Idempotency-Key stands for one payload."""

import re
import uuid

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives each request that has a well-formed key one of its own; malformed keys stay as they were made."""
    for name, value in list((case.headers or {}).items()):
        if name.lower() == "idempotency-key" and re.fullmatch("[!-~]{1,255}", value or ""):
            kwargs.setdefault("headers", {})[name] = uuid.uuid4().hex
