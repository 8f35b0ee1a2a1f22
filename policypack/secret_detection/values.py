"""Tells from a value whether it can be a secret itself, or only refers to one; and reads values in base64."""

from __future__ import annotations

import re
import zlib
from base64 import b64decode
from typing import Final

from policypack.secret_detection.names import meaning_of, word_set

# Values that turn something on or off, or choose a kind.
_SETTINGS: Final = word_set(
    "any auto aws_iam basic bearer bool boolean bytes cookie disabled enabled false header iam jwt managed n/a nil no "
    "none null number off on opaque optional query required securestring str string true undefined yes"
)
_NUMBER: Final = r"[-+]?\d+(?:[.,:]\d+)*\s?(?:ms|min|[smhd])?"
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Templates that are filled in later may be anywhere in a value.
_TEMPLATE: Final = r"\$\{|\$\(|\{\{|`"
# References to a secret, and what is made of one, are the whole value or its beginning.
_REFERENCE: Final = r"""(?x)
    # where it is kept: arn:aws:…, ssm:…, https://…, rds!cluster-…
    arn:[\w-]+: | [A-Za-z][\w.+-]*:// | rds!
    | (?i:env|file|kms|secrets?|secretsmanager|ssm|vault)[:/]
    # paths and files
    | (?:~|\.{0,2})/\.?(?:[A-Z]?[a-z][a-z_.-]*|(?:[A-Z][a-z]+)+|[A-Z][A-Z_.-]+)\d{0,3}(?:/|\Z)
    | [A-Z]?[a-z][a-z_.-]+\d{0,3}/ | [A-Za-z]:(?:[\\/]|\Z)
    | [\w.-]+\.(?:conf|crt|env|ini|jks|json|key|p12|pem|pfx|properties|txt|ya?ml)\Z
    # variables: $VAR, $dbPassword, $.path, :name, %VAR%, %s, %(name)s
    | \$(?=\w+\Z)(?:[A-Z\d_]+\Z|[a-z_]+\d*\Z|[A-Za-z_]*?(?:[Pp]ass|[Pp]wd|[Ss]ecret|[Tt]oken|[Kk]ey))
    | \$\$?\.[\w.$\[\]*'"-]+\Z | :[a-z_]+\Z | %\w+%\Z | %(?:\(\w+\))?[sdv]\Z
    # what API Gateway fills in: method.request.header.key, $context.authorizer.token
    | (?:method|integration)\.re(?:quest|sponse)\. | \$?(?:context|stageVariables)\.\w | \$re(?:quest|sponse)\.\w
    # what AWS Batch fills in from the job's parameters
    | Ref::\w
    # a JSON object
    | \{\s*["}]
    # placeholders: <password>, {password}, [password], #{password}#, @@password@@, __password__, ****, **REDACTED**,
    # xxxx
    | \*+[A-Za-z]+\*+\Z | <.*>\Z | \{[\w.]*\}\Z | \[.*\]\Z | \#\{ | @@\w+@@\Z | __\w+__\Z | [*xX•.?]+\Z
    # code: !Ref Password, getSecret("password"); colours
    | ![A-Za-z][\w:]*\s | [\w.:@]+\(.*\)\Z | \#[0-9a-fA-F]{3,8}\Z
    # hashes
    | \$(?:[1567y]|2[abxy]|apr1|argon2\w*|pbkdf2[\w-]*|scrypt)\$ | SCRAM-SHA-
    | \{(?:S?SHA|S?MD5|CRYPT)[\w-]*\}
    # ciphertext of SOPS, Jasypt, Spring, Pulumi, KMS, Ansible
    | ENC[\[(] | \{cipher\} | v1:[\w+/=]{16,}: | AQ[IE]CAH | \$ANSIBLE_VAULT
    # ids of keys, published keys, and public keys and certificates in base64
    | A[KS]IA[A-Z2-7]{16}\Z | mrk-[0-9a-f]{32}\Z | (?:pk_(?:live|test)|sb_publishable|phc)_
    | MII\w{2}jANBg | MI?[A-Z]\w{2,4}(?:YHKoZIzj0|BQYDK2Vw) | MII\w{3}CC
    """
# With these words `…_secret` is the secret. Without them it may be the name of one in a store: `db_secret: orders-db`.
_HELD: Final = word_set(
    "api app auth client cookie encryption hmac jwt nextauth oauth session shared signing token webhook"
)
_NAME_IN_STORE: Final = r"[A-Za-z][a-z\d]*(?:[-_./:@][A-Za-z]*(?:\d[a-z\d]*)?)+"
# Keys under these names are often given by their id, which KMS makes a UUID.
_NAMED_BY_ID: Final = ("decryption", "encryption", "master", "signing")


def is_plausible(value: str) -> bool:
    """Whether a value can be a secret itself: not a reference to one, a setting, or a template to be filled in."""
    return (
        any(map(str.isalnum, value))
        and value.strip("'\"").rstrip(")]},;:").casefold() not in _SETTINGS
        and not re.match(_REFERENCE, value)
        and not re.search(_TEMPLATE, value)
    )


def is_named_secret(name: str, value: str) -> bool:
    """Whether a name suggests a secret, and the value can be one."""
    kind, words = meaning_of(name)
    if not kind or not is_plausible(value):
        return False
    is_number = re.fullmatch(_NUMBER, value) is not None
    if kind == "password":
        return not is_number or len(value) >= 6
    if is_number or len(value) < 4 or re.search(r"\s", value):
        return False
    if kind == "secret":
        return len(words) == 1 or not _HELD.isdisjoint(words) or not re.fullmatch(_NAME_IN_STORE, value)
    return words.isdisjoint(_NAMED_BY_ID) or not re.fullmatch(_UUID, value)


_MOST_COMPRESSED: Final = 64
"""How many times as long as its compressed form a text may be: scripts and documents do not shrink as much."""
LONGEST_DECODED: Final = 1_000_000
"""Bytes of a text that are decompressed: user data is limited to 16 KB, compressed or not."""


def decoded(text: str, longest: int = LONGEST_DECODED) -> str:
    """
    The text that a base64 text encodes, decompressed if it is gzip; empty where the text is no base64 of UTF-8.

    :param longest: the bytes that are decompressed at most.
    """
    if not re.fullmatch(r"[A-Za-z\d+/\s]{4,}={0,2}", text.rstrip()):
        return ""
    try:
        data = b64decode("".join(text.split()), validate=True)
        if data.startswith(b"\x1f\x8b"):
            most = min(_MOST_COMPRESSED * len(data), longest)
            data = zlib.decompressobj(wbits=31).decompress(data, most) if most else b""
        return data.decode()
    except (ValueError, zlib.error):
        return ""
