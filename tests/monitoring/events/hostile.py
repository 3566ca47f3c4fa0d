"""Messages that break readers, with what becomes of them: a word of the refusal, or None when stored."""

import json

DEEP = b"[" * 10_000 + b"]" * 10_000

HOSTILE: dict[str, tuple[bytes, str | None]] = {
    "NUL in a text": (b'{"service":"a\\u0000b","type":"t","message":"x\\u0000"}', None),
    "NUL in a key": (b'{"service":"a","type":"t","payload":{"k\\u0000":1}}', None),
    "NaN": (b'{"service":"a","type":"t","payload":NaN}', "NaN"),
    "Infinity": (b'{"service":"a","type":"t","payload":-Infinity}', "Infinity"),
    "1e400": (b'{"service":"a","type":"t","payload":1e400}', "too large"),
    "a lone surrogate": (b'{"service":"a","type":"t","message":"\\ud800"}', None),
    "depth 10,000": (b'{"service":"a","type":"t","payload":' + DEEP + b"}", "nested"),
    "depth 40": (b'{"service":"a","type":"t","payload":' + b"[" * 40 + b"]" * 40 + b"}", "nested"),
    "an integer of 5,000 digits": (
        b'{"service":"a","type":"t","payload":' + b"9" * 5000 + b"}",
        "digits",
    ),
    "an integer of 4,000 digits": (b'{"service":"a","type":"t","payload":' + b"9" * 4000 + b"}", None),
    "HTML": (
        json.dumps({"service": "<b>a", "type": "<i>t", "message": "<script>alert(1)</script>"}).encode(),
        None,
    ),
    "a text of 1 MB": (json.dumps({"service": "a", "type": "t", "message": "x" * 1_000_000}).encode(), "bytes"),
    "bytes that are no UTF-8": (b'{"service":"a","type":"t","message":"\xff\xfe"}', "UTF-8"),
    "a time of the year 9999": (
        b'{"service":"a","type":"t","occurred_at":"9999-12-31T23:59:59+00:00"}',
        None,
    ),
    "a time beyond every calendar": (b'{"service":"a","type":"t","occurred_at":1e300}', None),
}  # fmt: skip
