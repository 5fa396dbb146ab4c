"""Words and phrases that texts for users do without."""

import re
from typing import Final

# Of the protocol and of the code, phrases that make a reader stop, and people who are
# watched.
AVOIDED: Final = (
    "push(?:es|ed|ing)?|poll(?:s|ed|ing)?|DnD|tokens?|scopes?|grants?|"
    "(?:un)?subscri(?:be|bed|ptions?)|resolv(?:e|es|ed|ing)|no (?:address|brand)|"
    "by (?:itself|themselves)|of (?:its|their) own|(?:is|are) asked|(?:is|are) told of|"
    "taken out of|meanwhile|once more|anew|whoever|mend(?:s|ed|ing)?|go on|any more|"
    "no longer monitored|(?:is|are) no(?! longer)|switch(?:ed)? (?:on|off)|"
    r"whole picture|a look|for so long|noticed|unobserved|unseen|followed(?! by\b)|"
    r"interrogat\w+|watched|monitor(?!(?:ed)? (?:lines?|calls)\b)(?:s|ed|ing)?"
)
# Of RingCentral, which readers look for.
_NAMES: Final = re.compile(
    "Issue refresh tokens|Subscription ID|WebSocket Subscriptions", re.IGNORECASE
)


def avoided(text: str, words: str = AVOIDED) -> list[str]:
    """Return the words of a text that people do not use, by a pattern."""
    return re.findall(rf"\b(?:{words})\b", _NAMES.sub("", text), re.IGNORECASE)
