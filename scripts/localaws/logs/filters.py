"""Filter patterns of terms: which messages they let through.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import re
from collections.abc import Callable

from moto.logs.exceptions import InvalidParameterException

_TERM = re.compile(r'([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))')

UNVERIFIED_CHARACTERS = "Invalid character(s) in term '{term}'"


def matcher(pattern: str | None) -> Callable[[str], bool]:
    """Return what says whether a message matches: every term, any of those with a "?", none of those with a "-".

    Raises InvalidParameterException for patterns that local AWS does not read.
    """
    text = (pattern or "").strip()
    if text[:1] in ("{", "[", "%"):
        raise InvalidParameterException(f"Local AWS reads filter patterns of terms alone, not {text}")
    if text and re.sub(r"\s", "", _TERM.sub("", text)):
        raise InvalidParameterException("Invalid filter pattern")
    for _, _, plain in _TERM.findall(text):
        if re.search(r"\W", plain):
            raise InvalidParameterException(UNVERIFIED_CHARACTERS.format(term=plain))
    terms = [
        (sign, re.sub(r"\\(.)", r"\1", quoted) if quoted else plain) for sign, quoted, plain in _TERM.findall(text)
    ]
    wanted = [term for sign, term in terms if not sign]
    optional = [term for sign, term in terms if sign == "?"]
    excluded = [term for sign, term in terms if sign == "-"]
    return lambda message: (
        all(term in message for term in wanted)
        # Beside terms that must be there, optional ones change nothing.
        and (not optional or bool(wanted) or any(term in message for term in optional))
        and not any(term in message for term in excluded)
    )
