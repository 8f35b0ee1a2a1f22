"""
Knows kinds of credentials by their format, such as a GitHub personal access token.

Nothing here returns, logs or raises with a value or a part of it. Patterns are compiled when they are first used, as
most values need none of them.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from policypack.secret_detection.values import decoded, is_plausible

# An image may have a tag and a digest: docker://redis:7@sha256:…
_URL_PASSWORD: Final = r"""://[^\s:/?#@\[\]"'<>`]*:(?P<value>[^\s/?#@"'<>,;|]+)@(?!sha\d+:)"""


def url_password(text: str) -> str:
    """The password in a URL (`postgres://USER:PASSWORD@HOST/`); empty where there is none, or only a placeholder."""
    match = re.search(_URL_PASSWORD, text)
    return unquote(match["value"]) if match and is_plausible(match["value"]) else ""


def _is_login(base64: str) -> bool:
    """Whether a base64 text encodes `user:password`."""
    _, colon, password = decoded(base64).partition(":")
    return bool(colon) and is_plausible(password)


def _is_jwt(token: str) -> bool:
    """Whether three parts are those of a token. Supabase's anon key is one that is meant for browsers, so no secret."""
    header, payload, _ = map(_claims, token.split("."))
    return "alg" in header and payload.get("role") != "anon"


def _claims(part: str) -> Mapping[str, Any]:
    try:
        claims = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


class Format(NamedTuple):
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


def _tokens(kind: str, heads: str, rest: str, url: str, beside: str = "") -> Iterator[Format]:
    """
    A kind of token that begins with one of several heads and stands alone, not filled up with x as an example.

    :param rest: what follows the head. So that no text is read more than once, its characters are ones of words and
        hyphens only, or they include all of those, or they lack one that the head has.
    """
    for head in heads.split():
        # The head comes first in the pattern, as Python finds literal text far faster than anything else.
        literal = re.escape(head)
        yield Format(kind, head, rf"{literal}(?<![\w-]{literal})(?!\w{{0,9}}[xX]{{6}})(?:{rest})(?![\w-])", url, beside)


VALUE: Final = r"""\\{0,7}["']?(?P<value>[^\s"'`;&,|<>\\]+)"""
"""A value up to the quote, or up to what ends a word."""
_JSON_COLON: Final = r"""\\{0,7}["']\s{0,5}:\s{0,5}\\{0,7}["']"""
_GITHUB: Final = (
    "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github"
)

# The more telling come first: the first that matches is reported.
FORMATS: Final = (
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
        r"[\w+/-]{60,}={0,2}",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
    ),
    *_tokens("a GitHub personal access token", "ghp_ github_pat_", r"\w{36,}", _GITHUB),
    *_tokens("a GitHub token", "gho_ ghu_ ghs_ ghr_", r"\w{36,}", _GITHUB),
    *_tokens(
        "a GitLab token",
        "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- glsoat- glffct- gloas-",
        r"[\w.-]{20,}",
        "https://docs.gitlab.com/security/tokens/",
    ),
    *_tokens(
        "a Slack token",
        "xoxb- xoxp- xoxa- xoxr- xoxs- xoxe- xapp-",
        r"(?=[A-Za-z-]*\d)[\w-]{20,}",
        "https://api.slack.com/concepts/token-types",
    ),
    Format(
        "a Slack webhook",
        "hooks.slack.com/",
        r"hooks\.slack\.com/(?:services|triggers|workflows)/\w+(?:/\w+){1,2}?/(?!X+\b)[A-Za-z\d]{20,}",
        "https://api.slack.com/messaging/webhooks",
    ),
    *_tokens("a Stripe live secret key", "sk_live_ rk_live_", r"[A-Za-z\d]{16,}", "https://docs.stripe.com/keys"),
    *_tokens(
        "a webhook's signing secret", "whsec_", r"[A-Za-z\d+/]{24,}=*(?![+/])", "https://docs.stripe.com/webhooks"
    ),
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
    *_tokens("a PyPI token", "pypi-AgEIcHlwaS5vcmc pypi-AgENdGVzdC5weXBp", r"[\w-]{50,}", "https://pypi.org/help/"),
    *_tokens(
        "a Docker Hub access token",
        "dckr_pat_ dckr_oat_",
        r"[\w-]{20,}",
        "https://docs.docker.com/security/access-tokens/",
    ),
    *_tokens(
        "a Vault token", "hvs. hvb. hvr.", r"[\w-]{24,}", "https://developer.hashicorp.com/vault/docs/concepts/tokens"
    ),
    *_tokens(
        "a Databricks token",
        "dapi dose",
        r"[0-9a-f]{32}(?:-\d)?",
        "https://docs.databricks.com/dev-tools/auth/pat.html",
    ),
    *_tokens("an Anthropic API key", "sk-ant-", r"[\w-]{40,}", "https://docs.claude.com/en/api/overview"),
    *_tokens(
        "an OpenAI API key",
        "sk-",
        r"(?:proj|svcacct|admin)-[\w-]{40,}|[A-Za-z\d]{48}",
        "https://platform.openai.com/docs/api-reference/authentication",
    ),
    *_tokens("a Hugging Face token", "hf_", r"[A-Za-z\d]{34,}", "https://huggingface.co/docs/hub/security-tokens"),
    *_tokens(
        "a Pulumi access token",
        "pul-",
        r"[0-9a-f]{40}",
        "https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens/",
    ),
    Format(
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
    Format(
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
    Format(
        "a Telegram bot token",
        ":AA",
        r":AA(?<=\d{8}:AA)[\w-]{32,33}(?![\w-])",
        "https://core.telegram.org/bots/api#authorizing-your-bot",
    ),
    Format(
        "a Discord webhook",
        "/webhooks/",
        r"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{15,22}/[\w-]{60,}",
        "https://discord.com/developers/docs/resources/webhook",
    ),
    Format(
        "a Microsoft Teams webhook",
        ".webhook.office.com/",
        r"\.webhook\.office\.com/webhookb2/[\w@-]+/IncomingWebhook/[0-9a-f]{32}/",
        "https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook",
    ),
    *_tokens(
        "a Grafana token",
        "glsa_ glc_",
        r"\w{32,}|[A-Za-z\d+/]{32,}={0,2}(?![+/])",
        "https://grafana.com/docs/grafana/latest/administration/service-accounts/",
    ),
    *_tokens("a Sentry auth token", "sntrys_ sntryu_", r"[\w+/=-]{60,}", "https://docs.sentry.io/account/auth-tokens/"),
    *_tokens(
        "an Atlassian API token",
        "ATATT3",
        r"[\w-]{180,}(?:=[0-9A-F]{8})?",
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
    *_tokens("a Supabase secret key", "sb_secret_", r"[\w-]{20,}", "https://supabase.com/docs/guides/api/api-keys"),
    Format(
        "a Laravel application key",
        "base64:",
        r"base64:[A-Za-z\d+/]{43}=",
        "https://laravel.com/docs/encryption",
    ),
    Format(
        "a Google Cloud service account key",
        "private_key",
        rf"""["']private_key{_JSON_COLON}-----BEGIN PRIVATE KEY-----[\s\\nr]{{0,20}}[A-Za-z\d+/]{{16}}""",
        "https://cloud.google.com/iam/docs/keys-create-delete",
        beside="service_account",
    ),
    Format(
        "a private key",
        "PRIVATE KEY",
        # What follows tells it from a script that looks for one.
        r"-----BEGIN (?:[A-Z\d]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"[\s\\nr]{0,200}(?:[A-Za-z\d+/]{16}|(?:Comment|Hash|Proc-Type|Version): )",
        "https://www.rfc-editor.org/rfc/rfc7468#section-10",
    ),
    Format(
        "a Docker registry login",
        "auth",
        rf"""["']auth{_JSON_COLON}(?P<value>[A-Za-z\d+/]{{6,}}={{0,2}})""",
        "https://docs.docker.com/reference/cli/docker/login/",
        beside=r"""["']auths\\*["']|ECS_ENGINE_AUTH_DATA""",
        confirm=_is_login,
    ),
    Format(
        "an Azure account key",
        "AccountKey=",
        r"AccountKey=(?!Eby8vdM02x)[A-Za-z\d+/]{60,}={0,2}",  # … which is the storage emulator's, the same for all
        "https://learn.microsoft.com/en-us/azure/storage/common/storage-configure-connection-string",
    ),
    Format(
        "an Azure shared access key",
        "SharedAccessKey=",
        r"SharedAccessKey=[A-Za-z\d+/]{40,}={0,2}",
        "https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas",
    ),
    Format(
        "a JSON web token",
        "eyJ",
        r"(?P<value>eyJ(?<![\w-]eyJ)[\w-]+\.eyJ[\w-]+\.[\w-]+)",
        "https://www.rfc-editor.org/rfc/rfc7519",
        confirm=_is_jwt,
    ),
    Format(
        "an authorization header with a token in it",
        "earer",
        r"[Bb]earer[ \t]+(?=[A-Za-z.~_+/-]*\d)[\w.~+/-]{12,}",
        "https://www.rfc-editor.org/rfc/rfc6750#section-2.1",
    ),
    Format(
        "an authorization header with a password in it",
        "asic",
        r"[Bb]asic[ \t]+(?P<value>[A-Za-z\d+/]{6,}={0,2})",
        "https://www.rfc-editor.org/rfc/rfc7617#section-2",
        confirm=_is_login,
    ),
    Format(
        "a URL with a password in it",
        "://",
        _URL_PASSWORD,
        "https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
        confirm=is_plausible,
    ),
    Format(
        "a connection string with a password in it",
        "jdbc:oracle:",
        r"jdbc:oracle:\w+:[^\s/:@\"']+/(?P<value>[^\s/@\"']+)@",
        "https://docs.oracle.com/en/database/oracle/oracle-database/23/jjdbc/data-sources-and-URLs.html",
        confirm=is_plausible,
    ),
    Format(
        "a connection string with a password in it",
        "=",
        # Not code that calls a function with it: connect(user=user, password=password)
        r"""[Pp](?:(?<=[;?&,"'][Pp])|(?<=[^\s,] [Pp])|(?<=\A[Pp]))(?i:assword|asswd|wd)="""
        rf"(?![\w.]+[(\[]|[A-Za-z_.]+(?:,\s|\))){VALUE}",
        "https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING",
        # It begins with a set of characters, and looks behind only then: that is several times as fast.
        beside=r"""[DdHhIiJjSsUu](?:(?i:(?<=j)dbc:)|(?:(?<=[;?&,\s"'].)|(?<=\A.))(?i:"""
        r"(?<=d)(?:ata source|atabase|bname|river)|(?<=h)ost(?:name|addr)?|(?<=i)nitial catalog"
        r"|(?<=s)(?:erver|sl(?:mode)?)|(?<=u)(?:id|ser(?: ?id|name)?))=)",
        confirm=is_plausible,
    ),
)


def credential_kind(text: str) -> str | None:
    """
    The kind of credential that a text is or contains, told by its format: "a GitHub personal access token".

    Base64 is looked into.
    """
    for _, kind in credentials_in(text):
        return kind
    for _, kind in credentials_in(decoded(text)):
        return f"{kind}, in base64"
    return None


def credentials_in(text: str) -> Iterator[tuple[int, str]]:
    """Where credentials stand in a text, and of which kind they are; the most telling kinds first."""
    for format_ in FORMATS:
        if format_.mark not in text:
            continue
        if format_.beside and not (re.search(format_.pattern, text) and re.search(format_.beside, text)):
            continue
        for match in re.finditer(format_.pattern, text):
            if format_.confirm is None or format_.confirm(match["value"]):
                yield match.start(), format_.kind
