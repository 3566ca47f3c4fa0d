"""Guess what is a secret, by its name and by its look; when in doubt it is one. Pure."""

import re

from services.catalog.attention import PUBLIC_WORDS, SECRET_ENDINGS

_SECRET_WORDS = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PWD|PASS|SECRETS?|TOKENS?|CREDENTIALS?|PRIVATE|APIKEY|KEY|DSN|CERT|PEM"
    r"|SALT|SIGNATURE|JWT|COOKIE|AUTH|SESSION)(?:_|$)"
)
# Names that say where something is, with the password in the address.
_ADDRESS_WORDS = re.compile(
    r"(?:DATABASE|POSTGRES|PG|MYSQL|MONGO(?:DB)?|REDIS|AMQP|RABBITMQ|BROKER|SMTP)_?(?:\w+_)?UR[IL]$"
)
_SECRET_VALUE = re.compile(
    r"://[^/\s:@]*:[^/\s@]+@"  # a password in an address
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|^eyJ[\w-]+\.[\w-]+\.[\w-]*$"  # a JSON web token
    r"|^(?:sk|rk|pk|ghp|gho|ghs|ghu|github_pat|glpat|xox[abprs]|AKIA|ASIA|AIza|SG|npm|pypi|dop_v1|hvs)[_.-]?[\w-]{12,}"
)
_LONG_WORD = re.compile(r"[A-Za-z0-9+/=_-]{20,}")


def name_looks_secret(name: str) -> bool:
    """Say whether a variable of this name is most likely a secret."""
    upper = name.upper()
    if any(word in upper for word in PUBLIC_WORDS):
        return False
    return bool(
        upper.endswith(SECRET_ENDINGS)
        or _SECRET_WORDS.search(upper)
        or _ADDRESS_WORDS.search(upper)
    )


def value_looks_secret(value: str) -> bool:
    """Say whether a value is most likely a secret, whatever its name: many letters in no order."""
    if _SECRET_VALUE.search(value):
        return True
    return any(_is_random(word) for word in _LONG_WORD.findall(value))


def _is_random(word: str) -> bool:
    """Say whether a word has letters and digits as no word or path has them."""
    has_digits = any(character.isdigit() for character in word)
    has_letters = any(character.isalpha() for character in word)
    return has_digits and has_letters and len(set(word)) >= 10
