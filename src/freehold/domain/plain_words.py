"""What somebody wrote for a stranger to read: words alone, on one line, with nothing in them to click on."""

import re
import unicodedata

_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*:/{1,2}|www\.)\S*", re.IGNORECASE)
# Programs that show mail make links of "shop.example" as well; of "shop. example" they do not.
_INNER_DOT = re.compile(r"(?<=\w)\.(?=[^\W\d_])")


def plain_words(text: str) -> str:
    """Without addresses, line breaks and characters that nobody sees."""
    seen = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)
    seen = "".join(sign for sign in seen if unicodedata.category(sign) != "Cf")
    return " ".join(_INNER_DOT.sub(". ", _ADDRESS.sub("", seen)).split())
