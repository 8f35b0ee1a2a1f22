"""
Tells whether a value is a secret: by its format, by its name, by what a script does with it.

No function returns, logs or raises with a value or a part of it, and each takes time in proportion to the length of the
text. What is no secret must pass, above all: tests/data/not_secrets.txt says what that is. Patterns are compiled when
first used, as most values need none.
"""

from __future__ import annotations

import json
import re
import string
import zlib
from base64 import b64decode, urlsafe_b64decode
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import unquote


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Names are read by their last words. Which of several secrets it is, or in which form, does not count.
_WORDS: Final = r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+"
_LONGEST_NAME: Final = 100
_VARIANTS: Final = _set(
    "b base current default dev development live local new old plain plaintext previous primary prod production qa "
    "sandbox secondary stage staging stg string test uat v value"
)
_NAMES: Final = r"""(?x)
    (?: (?P<password> (?:pass_?word|passwd|pass_?phrase|pass_?code|pwd|(?:\A|_)(?:pass|pw))s?)
      | (?P<secret> secret|credentials?|creds)
      | (?P<token> token)
      | (?P<key> (?:access|api|auth|decryption|encryption|hmac|jwt|licen[cs]e|master|private|secret|service_?role|shared
                 |signing|storage_?account)_?keys?)
    )\Z"""
# Words with which a name says something else: `kms_api_key`, `reset_password`, `next_token`, `public_api_key`.
_OTHERWISE: Final = _set(
    "arn enable encrypted generate hashed kms manage no oldpwd param parameter ref require rotate ssm use"
)
_PUBLISHED: Final = _set("anon public publishable react vite")
_OTHERWISE_WITH: Final = {
    "password": _OTHERWISE | _set("change forgot reset update"),
    "secret": _OTHERWISE | _set("existing pull tls"),
    "token": _OTHERWISE
    | _PUBLISHED
    | _set(
        "bos client continuation creation csrf eos idempotency max next pad page pagination sep starting stop task "
        "update xsrf"
    ),
    "key": _OTHERWISE | _PUBLISHED,
}


def is_secret_name(name: str) -> bool:
    """Whether a name says that its value is a secret: `DB_PASSWORD` does, `PASSWORD_FILE` and `TOKEN_URL` don't."""
    return bool(_named(name[-_LONGEST_NAME:])[0])


@lru_cache(maxsize=256)
def _named(name: str) -> tuple[str, frozenset[str]]:
    """What a name says that its value is, a password, secret, token or key; and its words. Empty when none of these."""
    words = [word.lower() for word in re.findall(_WORDS, name)]
    while words and (words[-1] in _VARIANTS or words[-1].isdigit()):
        words.pop()
    match = re.search(_NAMES, "_".join(words))
    what = match.lastgroup if match else None
    if not what or not _OTHERWISE_WITH[what].isdisjoint(words):
        what = ""
    return what, frozenset(words)


# Values that turn something on or off, or choose a kind.
_SETTINGS: Final = _set(
    "any auto aws_iam basic bearer bool boolean bytes cookie disabled enabled false header iam jwt managed n/a nil no "
    "none null number off on opaque optional query required securestring str string true undefined yes"
)
_NUMBER: Final = r"[-+]?\d+(?:[.,:]\d+)*+\s?(?:ms|min|[smhd])?"
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# What is filled in later stands anywhere in a value.
_TEMPLATE: Final = r"\$\{|\$\(|\{\{|`"
# What says where a secret is, or what was made of it, is the value or the beginning of it.
_REFERENCE: Final = r"""(?x)
    # where it is kept: arn:aws:…, ssm:…, https://…, rds!cluster-…
    arn:[\w-]+: | [A-Za-z][\w.+-]*+:// | rds!
    | (?i:env|file|kms|secrets?|secretsmanager|ssm|vault)[:/]
    # paths and files
    | (?:~|\.{0,2})/\.?(?:[A-Z]?[a-z][a-z_.-]*+|(?:[A-Z][a-z]++)++|[A-Z][A-Z_.-]++)\d{0,3}(?:/|\Z)
    | [A-Z]?[a-z][a-z_.-]++\d{0,3}/ | [A-Za-z]:(?:[\\/]|\Z)
    | [\w.-]+\.(?:conf|crt|env|ini|jks|json|key|p12|pem|pfx|properties|txt|ya?ml)\Z
    # variables: $VAR, $dbPassword, $.path, :name, %VAR%, %s, %(name)s
    | \$(?=\w++\Z)(?:[A-Z\d_]++\Z|[a-z_]++\d*+\Z|[A-Za-z_]*?(?:[Pp]ass|[Pp]wd|[Ss]ecret|[Tt]oken|[Kk]ey))
    | \$\$?\.[\w.$\[\]*'"-]++\Z | :[a-z_]++\Z | %\w++%\Z | %(?:\(\w++\))?[sdv]\Z
    # what API Gateway fills in: method.request.header.key, $context.authorizer.token
    | (?:method|integration)\.re(?:quest|sponse)\. | \$?(?:context|stageVariables)\.\w | \$re(?:quest|sponse)\.\w
    # a JSON object
    | \{\s*+["}]
    # what to put there: <password>, {password}, [password], #{password}#, @@password@@, __password__, ****, xxxx
    | <.*>\Z | \{[\w.]*+\}\Z | \[.*\]\Z | \#\{ | @@\w++@@\Z | __\w+__\Z | [*xX•.?]+\Z
    # code: !Ref Password, getSecret("password"); colours
    | ![A-Za-z][\w:]*+\s | [\w.:@]++\(.*\)\Z | \#[0-9a-fA-F]{3,8}\Z
    # hashes
    | \$(?:[1567y]|2[abxy]|apr1|argon2\w*+|pbkdf2[\w-]*+|scrypt)\$ | SCRAM-SHA-
    | \{(?:S?SHA|S?MD5|CRYPT)[\w-]*+\}
    # ciphertext of SOPS, Jasypt, Spring, Pulumi, KMS, Ansible
    | ENC[\[(] | \{cipher\} | v1:[\w+/=]{16,}: | AQ[IE]CAH | \$ANSIBLE_VAULT
    # ids of keys, keys that are published, and public keys and certificates in base64
    | A[KS]IA[A-Z2-7]{16}\Z | mrk-[0-9a-f]{32}\Z | (?:pk_(?:live|test)|sb_publishable)_
    | MII\w{2}jANBg | MI?[A-Z]\w{2,4}(?:YHKoZIzj0|BQYDK2Vw) | MII\w{3}CC
    """
# With these words `…_secret` is the secret; without, it may be the name of one in a store: `db_secret: orders-db`.
_HELD: Final = _set(
    "api app auth client cookie encryption hmac jwt nextauth oauth session shared signing token webhook"
)
_NAME_IN_STORE: Final = r"[A-Za-z][a-z\d]*+(?:[-_./:@][A-Za-z]*+[a-z\d]*+)++"
# What only puts a name in words: {"password": "Password"}.
_LABEL: Final = r"[A-Z][a-z]+"


def _is_plausible(value: str) -> bool:
    """Whether a value may be a secret itself: not a reference to one, a setting, or something to be filled in."""
    return (
        any(map(str.isalnum, value))
        and value.rstrip(")]},;:").casefold() not in _SETTINGS
        and not re.match(_REFERENCE, value)
        and not re.search(_TEMPLATE, value)
    )


def _is_named_secret(name: str, value: str) -> bool:
    """Whether a value is a secret because its name says so."""
    what, words = _named(name)
    if not what or not _is_plausible(value):
        return False
    is_number = re.fullmatch(_NUMBER, value) is not None
    if what == "password":
        return not is_number or len(value) >= 6
    if is_number or len(value) < 4 or re.search(r"\s", value):
        return False
    if what == "secret":
        return len(words) == 1 or not _HELD.isdisjoint(words) or not re.fullmatch(_NAME_IN_STORE, value)
    # KMS's keys have such ids.
    return words.isdisjoint(("decryption", "encryption", "master", "signing")) or not re.fullmatch(_UUID, value)


_MOST_COMPRESSED: Final = 64
"""How many times as long text may be when expanded: what shrinks more is no script."""


def _decoded(text: str) -> str:
    """The text that a text is the base64 of, be it compressed or not; empty when it is none."""
    if not re.fullmatch(r"[A-Za-z\d+/\s]{4,}+={0,2}\s*+", text):
        return ""
    try:
        data = b64decode("".join(text.split()), validate=True)
        if data.startswith(b"\x1f\x8b"):
            data = zlib.decompressobj(wbits=31).decompress(data, _MOST_COMPRESSED * len(data))
        return data.decode()
    except (ValueError, zlib.error):
        return ""


def _is_login(base64: str) -> bool:
    """Whether base64 says `user:password`."""
    _, colon, password = _decoded(base64).partition(":")
    return bool(colon) and _is_plausible(password)


def _is_jwt(token: str) -> bool:
    """Whether three parts are a token's. Supabase's anon key is one and is meant for browsers: it has no secret."""
    header, payload, _ = map(_claims, token.split("."))
    return "alg" in header and payload.get("role") != "anon"


def _claims(part: str) -> Mapping[str, Any]:
    try:
        claims = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


# An image may have a tag and a digest: docker://redis:7@sha256:…
_URL_PASSWORD: Final = r"""://[^\s:/?#@\[\]"'<>`]*+:(?P<value>[^\s/?#@"'<>,;|]++)@(?!sha\d+:)"""


def url_password(text: str) -> str:
    """The password in a URL (`postgres://USER:PASSWORD@HOST/`); empty where there is none, or only a place for one."""
    match = re.search(_URL_PASSWORD, text)
    return unquote(match["value"]) if match and _is_plausible(match["value"]) else ""


class _Format(NamedTuple):
    """
    A kind of credential that is known by its format.

    :param kind: what it is, in words.
    :param mark: what always stands in it. Looked for first, so that only patterns that may match are compiled.
    :param pattern: its format. What is called `value` in it must be confirmed.
    :param url: where its issuer documents it.
    :param beside: the format of what must stand in the same text, as it says nothing without.
    :param confirm: whether the `value` is one indeed.
    """

    kind: str
    mark: str
    pattern: str
    url: str
    beside: str = ""
    confirm: Callable[[str], bool] | None = None


def _tokens(kind: str, heads: str, rest: str, url: str, beside: str = "") -> Iterator[_Format]:
    """A kind of token that begins with one of several heads and stands alone, not filled up with x as an example."""
    for head in heads.split():
        # The head comes first in the pattern, as Python finds literal text far faster than anything else.
        literal = re.escape(head)
        yield _Format(
            kind, head, rf"{literal}(?<![\w-]{literal})(?!\w{{0,9}}[xX]{{6}})(?:{rest})(?![\w-])", url, beside
        )


_VALUE: Final = r"""\\*["']?(?P<value>[^\s"'`;&,|<>\\]+)"""
"""A value up to the quote, or up to what ends a word."""
_JSON_COLON: Final = r"""\\*["']\s{0,5}:\s{0,5}\\*["']"""
_GITHUB: Final = (
    "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github"
)

# The more telling come first: the first that matches is reported.
_FORMATS: Final = (
    *_tokens(
        "an AWS access key with its secret",
        "AKIA ASIA",
        r"[A-Z2-7]{16}",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
        beside=r"(?<![\w/+-])(?=[a-zA-Z/+]*\d)(?=[A-Z\d/+]*[a-z])(?=[a-z\d/+]*[A-Z])[A-Za-z\d/+]{40}(?![\w/+-])",
    ),
    *_tokens(
        "an Amazon Bedrock API key",
        "ABSK bedrock-api-key-",
        r"[A-Za-z\d+/_-]{60,}+={0,2}",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
    ),
    *_tokens("a GitHub personal access token", "ghp_ github_pat_", r"\w{36,}+", _GITHUB),
    *_tokens("a GitHub token", "gho_ ghu_ ghs_ ghr_", r"\w{36,}+", _GITHUB),
    *_tokens(
        "a GitLab token",
        "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- glsoat- glffct- gloas-",
        r"[\w.-]{20,}+",
        "https://docs.gitlab.com/security/tokens/",
    ),
    *_tokens(
        "a Slack token",
        "xoxb- xoxp- xoxa- xoxr- xoxs- xoxe- xapp-",
        r"(?=[A-Za-z-]*\d)[\w-]{20,}+",
        "https://api.slack.com/concepts/token-types",
    ),
    _Format(
        "a Slack webhook",
        "hooks.slack.com/",
        r"hooks\.slack\.com/(?:services|triggers|workflows)/\w+(?:/\w+){1,2}?/(?!X+\b)[A-Za-z\d]{20,}",
        "https://api.slack.com/messaging/webhooks",
    ),
    *_tokens("a Stripe live secret key", "sk_live_ rk_live_", r"[A-Za-z\d]{16,}+", "https://docs.stripe.com/keys"),
    *_tokens("a webhook's signing secret", "whsec_", r"[A-Za-z\d+/]{24,}+=*", "https://docs.stripe.com/webhooks"),
    *_tokens("a Google API key", "AIza", r"[\w-]{35}", "https://cloud.google.com/docs/authentication/api-keys"),
    *_tokens(
        "a Google OAuth client secret",
        "GOCSPX-",
        r"[\w-]{28}",
        "https://developers.google.com/identity/protocols/oauth2",
    ),
    *_tokens(
        "a SendGrid API key",
        "SG.",
        r"[\w-]{22}\.[\w-]{43}",
        "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
    ),
    *_tokens(
        "a Mailgun API key",
        "key-",
        r"[0-9a-f]{32}",
        "https://documentation.mailgun.com/docs/mailgun/api-reference/authentication",
    ),
    *_tokens(
        "a Twilio account or key with its secret",
        "AC SK",
        r"[0-9a-f]{32}",
        "https://www.twilio.com/docs/iam/api-keys",
        beside=r"(?<![\w-])(?=[a-zA-Z]*\d)[0-9a-zA-Z]{32}(?![\w-])",
    ),
    *_tokens("an npm access token", "npm_", r"[A-Za-z\d]{36}", "https://docs.npmjs.com/about-access-tokens"),
    *_tokens("a PyPI token", "pypi-AgEIcHlwaS5vcmc pypi-AgENdGVzdC5weXBp", r"[\w-]{50,}+", "https://pypi.org/help/"),
    *_tokens(
        "a Docker Hub access token",
        "dckr_pat_ dckr_oat_",
        r"[\w-]{20,}+",
        "https://docs.docker.com/security/access-tokens/",
    ),
    *_tokens(
        "a Vault token", "hvs. hvb. hvr.", r"[\w-]{24,}+", "https://developer.hashicorp.com/vault/docs/concepts/tokens"
    ),
    *_tokens(
        "a Databricks token",
        "dapi dose",
        r"[0-9a-f]{32}(?:-\d)?",
        "https://docs.databricks.com/dev-tools/auth/pat.html",
    ),
    *_tokens("an Anthropic API key", "sk-ant-", r"[\w-]{40,}+", "https://docs.claude.com/en/api/overview"),
    *_tokens(
        "an OpenAI API key",
        "sk-",
        r"(?:proj|svcacct|admin)-[\w-]{40,}+|[A-Za-z\d]{48}",
        "https://platform.openai.com/docs/api-reference/authentication",
    ),
    *_tokens("a Hugging Face token", "hf_", r"[A-Za-z\d]{34,}+", "https://huggingface.co/docs/hub/security-tokens"),
    *_tokens(
        "a Pulumi access token",
        "pul-",
        r"[0-9a-f]{40}",
        "https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens/",
    ),
    _Format(
        "a Terraform Cloud token",
        ".atlasv1.",
        r"\.atlasv1\.(?<=[A-Za-z\d]{14}\.atlasv1\.)[\w-]{60,}",
        "https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens",
    ),
    *_tokens(
        "a New Relic key",
        "NRAK- NRII- NRIQ-",
        r"[\w-]{27,42}",
        "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys",
    ),
    _Format(
        "a New Relic license key",
        "NRAL",
        r"NRAL(?<=(?<!\w)[0-9a-z]{36}NRAL)(?!\w)",
        "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys",
    ),
    *_tokens(
        "a Shopify token",
        "shpat_ shpca_ shppa_ shpss_ shpua_",
        r"[0-9a-fA-F]{32}",
        "https://shopify.dev/changelog/length-of-the-shopify-access-token-is-increasing",
    ),
    _Format(
        "a Telegram bot token",
        ":AA",
        r":AA(?<=\d{8}:AA)[\w-]{32,33}(?![\w-])",
        "https://core.telegram.org/bots/api#authorizing-your-bot",
    ),
    _Format(
        "a Discord webhook",
        "/webhooks/",
        r"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{15,22}/[\w-]{60,}",
        "https://discord.com/developers/docs/resources/webhook",
    ),
    _Format(
        "a Microsoft Teams webhook",
        ".webhook.office.com/",
        r"\.webhook\.office\.com/webhookb2/[\w@-]+/IncomingWebhook/[0-9a-f]{32}/",
        "https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook",
    ),
    *_tokens(
        "a Grafana token",
        "glsa_ glc_",
        r"[\w+/]{32,}+={0,2}",
        "https://grafana.com/docs/grafana/latest/administration/service-accounts/",
    ),
    *_tokens(
        "a Sentry auth token", "sntrys_ sntryu_", r"[\w+/=-]{60,}+", "https://docs.sentry.io/account/auth-tokens/"
    ),
    *_tokens(
        "an Atlassian API token",
        "ATATT3",
        r"[\w-]{180,}+(?:=[0-9A-F]{8})?",
        "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/",
    ),
    *_tokens(
        "a Tailscale key",
        "tskey-",
        r"(?:api|auth|client|scim|webhook)-\w{8,}-\w{16,}",
        "https://tailscale.com/kb/1085/auth-keys",
    ),
    *_tokens(
        "a LaunchDarkly SDK key",
        "sdk-",
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}",
        "https://launchdarkly.com/docs/home/account/environment/keys",
    ),
    *_tokens("a Supabase secret key", "sb_secret_", r"[\w-]{20,}+", "https://supabase.com/docs/guides/api/api-keys"),
    _Format(
        "a Laravel application key",
        "base64:",
        r"base64:[A-Za-z\d+/]{43}=",
        "https://laravel.com/docs/encryption",
    ),
    _Format(
        "a Google Cloud service account key",
        "private_key",
        rf"""["']private_key{_JSON_COLON}-----BEGIN PRIVATE KEY-----[\s\\nr]{{0,20}}[A-Za-z\d+/]{{16}}""",
        "https://cloud.google.com/iam/docs/keys-create-delete",
        beside="service_account",
    ),
    _Format(
        "a private key",
        "PRIVATE KEY",
        # What follows tells it from a script that looks for one.
        r"-----BEGIN (?:[A-Z\d]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"[\s\\nr]{0,200}(?:[A-Za-z\d+/]{16}|(?:Comment|Hash|Proc-Type|Version): )",
        "https://www.rfc-editor.org/rfc/rfc7468#section-10",
    ),
    _Format(
        "a Docker registry login",
        "auth",
        rf"""["']auth{_JSON_COLON}(?P<value>[A-Za-z\d+/]{{6,}}+={{0,2}})""",
        "https://docs.docker.com/reference/cli/docker/login/",
        beside=r"""["']auths\\*["']|ECS_ENGINE_AUTH_DATA""",
        confirm=_is_login,
    ),
    _Format(
        "an Azure account key",
        "AccountKey=",
        r"AccountKey=(?!Eby8vdM02x)[A-Za-z\d+/]{60,}={0,2}",  # … which is the storage emulator's, the same for all
        "https://learn.microsoft.com/en-us/azure/storage/common/storage-configure-connection-string",
    ),
    _Format(
        "an Azure shared access key",
        "SharedAccessKey=",
        r"SharedAccessKey=[A-Za-z\d+/]{40,}={0,2}",
        "https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas",
    ),
    _Format(
        "a JSON web token",
        "eyJ",
        r"(?P<value>eyJ(?<![\w-]eyJ)[\w-]++\.eyJ[\w-]++\.[\w-]++)",
        "https://www.rfc-editor.org/rfc/rfc7519",
        confirm=_is_jwt,
    ),
    _Format(
        "an authorization header with a token in it",
        "earer",
        r"[Bb]earer[ \t]++(?=[A-Za-z.~_+/-]*\d)[\w.~+/-]{12,}",
        "https://www.rfc-editor.org/rfc/rfc6750#section-2.1",
    ),
    _Format(
        "an authorization header with a password in it",
        "asic",
        r"[Bb]asic[ \t]++(?P<value>[A-Za-z\d+/]{6,}+={0,2})",
        "https://www.rfc-editor.org/rfc/rfc7617#section-2",
        confirm=_is_login,
    ),
    _Format(
        "a URL with a password in it",
        "://",
        _URL_PASSWORD,
        "https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
        confirm=_is_plausible,
    ),
    _Format(
        "a connection string with a password in it",
        "jdbc:oracle:",
        r"jdbc:oracle:\w+:[^\s/@\"']+/(?P<value>[^\s/@\"']+)@",
        "https://docs.oracle.com/en/database/oracle/oracle-database/23/jjdbc/data-sources-and-URLs.html",
        confirm=_is_plausible,
    ),
    _Format(
        "a connection string with a password in it",
        "=",
        # Not code that calls a function with it: connect(user=user, password=password)
        r"""[Pp](?:(?<=[;?&,"'][Pp])|(?<=[^\s,] [Pp])|(?<=\A[Pp]))(?i:assword|asswd|wd)="""
        rf"(?![\w.]+[(\[]|[A-Za-z_.]+(?:,\s|\))){_VALUE}",
        "https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING",
        beside=r"""(?i)(?:[;?&,\s"']|\A)(?:data source|database|dbname|driver|host(?:name|addr)?|initial catalog"""
        r"|server|ssl(?:mode)?|uid|user(?: ?id|name)?)=|jdbc:",
        confirm=_is_plausible,
    ),
)


def credential_kind(text: str) -> str | None:
    """
    The kind of credential that a text is or contains, told by its format: "a GitHub personal access token".

    Base64 is looked into.
    """
    for _, kind in _credentials(text):
        return kind
    for _, kind in _credentials(_decoded(text)):
        return f"{kind}, in base64"
    return None


def _credentials(text: str) -> Iterator[tuple[int, str]]:
    """Where credentials stand in a text, and of which kind they are; the most telling kinds first."""
    for format_ in _FORMATS:
        if format_.mark not in text:
            continue
        if format_.beside and not (re.search(format_.pattern, text) and re.search(format_.beside, text)):
            continue
        for match in re.finditer(format_.pattern, text):
            if format_.confirm is None or format_.confirm(match["value"]):
                yield match.start(), format_.kind


def secret_reason(name: str, value: str) -> str | None:
    """
    Why the value of a variable, parameter or header is a secret, in words; None when it is none.

    What only says where a secret is kept is none. A placeholder such as `changeme` is one: a default password.
    """
    name, value = name[-_LONGEST_NAME:], value.strip()
    kind = credential_kind(value)
    # Google's keys for browsers look like those for servers.
    if kind and not (kind == "a Google API key" and not _named(name)[1].isdisjoint(_PUBLISHED)):
        return f"it {'is' if 'in it' in kind else 'looks like'} {kind}"
    if _is_named_secret(name, value):
        return "its name says that it is a secret"
    for _, what in _written(value):
        return f"it contains {what}"
    return None


class _Phrase(NamedTuple):
    """
    A way in which scripts and documents write down secrets.

    :param mark: what always stands in it, in lower case.
    :param pattern: how it is written. It has a `value`, and may have a `name`, which must say that it is a secret.
    """

    mark: str
    pattern: str


_GAP: Final = r"(?:[ \t]|\\\r?\n)++"
_NAME: Final = r"(?P<name>[A-Za-z_][\w.-]{1,60}+)"


def _option(command: str, option: str) -> str:
    """The pattern of a command that is given a password as an option."""
    argument = r"""(?:[^\s|;&"']++|"[^"\n]*+"|'[^'\n]*+')++"""
    return rf"{command}(?:{_GAP}(?!{option}){argument}){{0,12}}+{_GAP}{option}{_VALUE}"


_PHRASES: Final = (
    _Phrase("mysql", _option(r"mysql[\w-]*+", "-p")),
    _Phrase("mariadb", _option(r"mariadb[\w-]*+", "-p")),
    _Phrase("curl", _option("curl", r"""(?:-[A-Za-z]{0,5}u[ \t]*|--(?:proxy-)?user[ \t=]+)["']?[^\s:"']*:""")),
    _Phrase("login", _option("login", r"-p[ \t=]+")),
    _Phrase("sshpass", _option("sshpass", r"-p[ \t]*")),
    _Phrase("redis-cli", _option("redis-cli", r"-a[ \t]+")),
    _Phrase("mongo", _option("mongo[a-z]*+", r"-p[ \t]+")),
    _Phrase("ldap", _option("ldap[a-z]++", r"-w[ \t]+")),
    _Phrase("sqlcmd", _option("sqlcmd", r"-P[ \t]*")),
    _Phrase("pass:", rf"-pass(?:in|out)?[ \t]+pass:{_VALUE}"),
    _Phrase("pass ", rf"-(?:dest|src)?(?:store|key)pass[ \t]+{_VALUE}"),
    _Phrase(
        "chpasswd",
        r"""(?<![\w.-])[\w.-]{1,40}+:(?P<value>[^\s"'`&,|<>\\]{1,99}+)["']?[ \t]*\|[ \t]*(?:sudo[ \t]+)?chpasswd""",
    ),
    _Phrase("passwd --stdin", rf"""echo[ \t]+{_VALUE}["']?[ \t]*\|[ \t]*(?:sudo[ \t]+)?passwd --stdin"""),
    _Phrase("machine", rf"machine[ \t]+\S+\s+login[ \t]+\S+\s+password[ \t]+{_VALUE}"),
    _Phrase("convertto-securestring", rf"""ConvertTo-SecureString[ \t]+(?:-\w+[ \t]+)*+(?=["']){_VALUE}"""),
    _Phrase("user", rf"net1?(?:\.exe)?[ \t]+user[ \t]+[^\s/]+[ \t]+(?!/){_VALUE}"),
    _Phrase("identified", rf"[Ii](?i:dentified(?:\s+with\s+\S+)?\s+by)\s+'{_VALUE}"),
    _Phrase("password", rf"[Pp](?i:assword)[ \t]+'{_VALUE}"),
    _Phrase("configure", rf"configure[ \t]+set[ \t]+{_NAME}[ \t]+{_VALUE}"),
    _Phrase("setx", rf"setx[ \t]+{_NAME}[ \t]+{_VALUE}"),
    _Phrase("env", rf"""(?:setenv|ENV|SetEnvironmentVariable)[ \t(]+["']?{_NAME}["']?[ \t,]+{_VALUE}"""),
    # --password VALUE, but not "… --password and …"; `docker build --secret` takes an id.
    _Phrase(
        "--", rf"--(?<![\w-]--)(?!secret\s){_NAME}[ \t]+(?!-|(?:and|as|for|in|is|of|options?|or|flags?|to)\b){_VALUE}"
    ),
    _Phrase("-", r"""["'](?P<name>[A-Za-z]\w{0,30}+(?:-\w{1,30}+){1,5}):[ \t]*(?P<value>[^\s"'\\]+)\\*["']"""),
    _Phrase("</", rf"<{_NAME}>(?P<value>[^\s<>]+)</"),
    # name: DB_PASSWORD, value: …
    _Phrase(
        "value",
        rf"""[NnKk](?:ame|ey)\\*["']?[ \t]*[:=][ \t]*\\*["']?{_NAME}\\*["']?[\s,\\nr]{{1,40}}"""
        rf"""\\*["']?[Vv]alue\\*["']?[ \t]*[:=][ \t]*{_VALUE}""",
    ),
)
# The beginning of the name is looked for from where it gets telling, which is far faster.
_ASSIGNMENT: Final = (
    r"(?P<name>[CcKkPpSsTt](?i:(?<=c)red|(?<=k)ey|(?<=p)(?:ass|wd?)|(?<=s)ecret|(?<=t)oken)[\w.-]{0,60}+)"
    r"""\\*["']?(?P<sign>[ \t]{0,3}(?:=>|:=|=(?![=~])|:)[ \t]{0,3})(?P<quote>\\*["']?)(?P<value>[^\s"'`;&,|<>\\]+)"""
)
_NAME_CHARACTERS: Final = string.ascii_letters + string.digits + "_.-"
# Calls, items, attributes, anchors and tags: get_token(), os.environ["TOKEN"], args.token, *token, !Ref Token.
_CODE: Final = r"[(\[{]|\A(?:\*|!\w|-----BEGIN|\w+(?:\.\w+)+[)\]}:]*\Z)"
_UNDER_A_NAME: Final = "a value whose name says that it is a secret"
_EMBEDDED: Final = r"(?<![\w+/=-])[A-Za-z\d+/]{40,}+={0,2}(?![\w+/=-])"


def secrets_in_text(text: str) -> list[tuple[int, str]]:
    """
    The lines of a script or document that hold secrets, with what each holds: "a GitHub personal access token".

    The text may be given in base64, compressed or not, as user data is; lines are counted in what it says then.
    """
    document = _decoded(text) or text
    found = list(_secrets(document))
    if not found:
        return []
    newlines = [match.start() for match in re.finditer("\n", document)]
    lines: dict[int, str] = {}
    for position, what in found:
        lines.setdefault(bisect_left(newlines, position) + 1, what)
    return sorted(lines.items())


def _secrets(document: str) -> Iterator[tuple[int, str]]:
    """Where secrets stand in a document, and what they are; what can be told best comes first."""
    yield from _credentials(document)
    yield from _written(document)
    for match in re.finditer(_EMBEDDED, document):
        embedded = _decoded(match[0])
        for _, what in (*_credentials(embedded), *_written(embedded)):
            yield match.start(), f"{what}, in base64"


def _written(document: str) -> Iterator[tuple[int, str]]:
    """Where a document writes down secrets that have no format of their own."""
    lower = document.lower()
    for mark, pattern in _PHRASES:
        if mark in lower:
            for match in re.finditer(pattern, document):
                name = match.groupdict().get("name")
                if _is_written_out(match) and _is_named_secret(name or "password", match["value"]):
                    yield match.start("value"), _UNDER_A_NAME if name else "a password in a command"
    for match in re.finditer(_ASSIGNMENT, document):
        if _is_assigned(match):
            yield match.start("value"), _UNDER_A_NAME


def _is_written_out(match: re.Match[str]) -> bool:
    """Whether a value is the text that stands there: not a variable's, nor what to put there, as in `--token TOKEN`."""
    value = match["value"]
    if value.isupper() and is_secret_name(value):
        return False
    return not re.search(r"\$[\w({]", value) or match.string[match.start("value") - 1] == "'"


def _is_assigned(match: re.Match[str]) -> bool:
    """Whether a name is given a secret, and it is neither code that passes on a variable nor prose."""
    text, value, quote = match.string, match["value"], match["quote"]
    sign = match["sign"].strip()
    is_spaced = match["sign"] != sign
    line = text[max(0, match.start() - _LONGEST_NAME) : match.start()].rpartition("\n")[2]
    before = line.rstrip(_NAME_CHARACTERS)
    name = line.removeprefix(before) + match["name"]
    if not _is_named_secret(name, value) or not _is_written_out(match):
        return False
    begins_line = re.fullmatch(r"""\s*(?:-\s+)?["']?\$?""", before) is not None
    if before.endswith("$"):
        # As PowerShell has it. A shell that says `"$TOKEN" = "x"` compares.
        return begins_line and is_spaced and bool(quote)
    after = text[match.end() : match.end() + 1]
    if quote:
        return not after.isspace() and not (sign == ":" and re.fullmatch(_LABEL, value))
    if re.search(_CODE, value) or (value != name and is_secret_name(value) and not value.islower()):
        return False
    if sign == "=" and not is_spaced:
        return not re.match(r"[A-Za-z_]+[,)]", value + after)
    # An entry of YAML or of an INI file, alone in its line.
    if (
        not begins_line
        or not is_spaced
        or sign not in ("=", ":")
        or (sign == "=" and re.fullmatch("[A-Za-z_]+", value))
    ):
        return False
    return re.compile(r"[ \t]*(?:#.*)?(?:\r?\n|\Z)").match(text, match.end()) is not None
