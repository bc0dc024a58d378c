"""What a fuzzer of single requests cannot know: an Idempotency-Key stands for one payload."""

import re
import uuid

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives each call that has a well-formed key one of its own; malformed keys stay as they were made.

    At the call, not when headers are generated: some phases make the headers once and then vary the rest.
    """
    for name, value in (case.headers or {}).items():
        if name.lower() == "idempotency-key" and re.fullmatch("[!-~]{1,255}", value or ""):
            # Laid over the case, which stays as it was made: cases share their headers, and are judged by them.
            kwargs["headers"] = {**(kwargs.get("headers") or {}), name: uuid.uuid4().hex}
