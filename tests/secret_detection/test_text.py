"""What is a secret is told from what is not; nothing that is said of a secret contains a part of it."""

from __future__ import annotations

import base64
import gzip
import json
import random
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policypack.secret_detection import (
    credential_kind,
    is_secret_name,
    secret_reason,
    secrets_in_command,
    secrets_in_text,
)
from policypack.secret_detection.formats import FORMATS

pytestmark = pytest.mark.broad

# Credentials are drawn here, not written down: no scanner for secrets shall stop at this file.
_DRAW = random.Random(2025)
_HEX = string.hexdigits[:16]
_ALNUM = string.ascii_letters + string.digits


def drawn(length: int, alphabet: str = _ALNUM) -> str:
    return "".join(_DRAW.choices(alphabet, k=length))


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def jwt(header: object, payload: object) -> str:
    parts = (json.dumps(part).encode() for part in (header, payload))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "." + drawn(43)


def pem(label: str, *headers: str, newline: str = "\n") -> str:
    lines = [f"-----BEGIN {label}-----", *headers, drawn(64), drawn(64), f"-----END {label}-----"]
    return newline.join(lines)


KEY_ID = "AK" + "IA" + drawn(16, string.ascii_uppercase)
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+" + drawn(18)
PASSWORD = "h4nter" + drawn(8)
RSA = "RSA PRIVATE" + " KEY"
URL = "a URL with a password in it"
CONNECTION = "a connection string with a password in it"
TOKEN_HEADER = "an authorization header with a token in it"
PASSWORD_HEADER = "an authorization header with a password in it"
NAMED = "a value whose name suggests a secret"
COMMAND = "a password in a command"

CREDENTIALS = [
    ("an AWS access key with its secret", f"{KEY_ID} {SECRET_KEY}"),
    ("an AWS access key with its secret", f"[default]\naws_access_key_id={KEY_ID}\naws_secret_access_key={SECRET_KEY}"),
    ("an AWS access key with its secret", json.dumps({"AccessKeyId": KEY_ID, "SecretAccessKey": SECRET_KEY})),
    ("an AWS access key with its secret", "AS" + f"IA{KEY_ID[4:]},{SECRET_KEY}"),
    ("an Amazon Bedrock API key", "AB" + "SK" + drawn(128) + "="),
    ("an Amazon Bedrock API key", "bedrock-api" + "-key-" + drawn(200)),
    ("a GitHub personal access token", "gh" + "p_" + drawn(36)),
    ("a GitHub personal access token", "github" + "_pat_" + drawn(22) + "_" + drawn(59)),
    ("a GitHub token", "gh" + "o_" + drawn(36)),
    ("a GitHub token", "gh" + "u_" + drawn(36)),
    ("a GitHub token", "gh" + "s_" + drawn(36)),
    ("a GitHub token", "gh" + "r_" + drawn(76)),
    *(("a GitLab token", f"gl{head}-{drawn(40)}") for head in ("pat", "dt", "rt", "ptt", "ft", "imt", "agent")),
    *(("a GitLab token", f"gl{head}-{drawn(40)}") for head in ("soat", "ffct", "oas")),
    ("a GitLab token", "gl" + "pat-" + drawn(27) + ".01." + drawn(9)),
    ("a GitLab token", "gl" + "cbt-5_" + drawn(20)),
    *(("a Slack token", f"xox{head}-{drawn(12, '12345')}-{drawn(24)}") for head in ("b", "p", "a", "r", "s", "e")),
    *(("a Slack token", f"xoxe.xox{head}-1-{drawn(163)}") for head in ("b", "p")),
    ("a Slack token", "xa" + f"pp-1-A{drawn(10)}-{drawn(13, '12345')}-{drawn(64, _HEX)}"),
    ("a Slack webhook", "https://hooks.slack" + f".com/services/T{drawn(10)}/B{drawn(10)}/{drawn(24)}"),
    (
        "a Slack webhook",
        "https://hooks.slack" + f".com/workflows/T{drawn(10)}/A{drawn(10)}/{drawn(18, '12345')}/{drawn(24)}",
    ),
    ("a Stripe live secret key", "sk" + "_live_" + drawn(24)),
    ("a Stripe live secret key", "rk" + "_live_" + drawn(99)),
    ("a webhook's signing secret", "wh" + "sec_" + drawn(32)),
    ("a Google API key", "AI" + "zaSy" + drawn(33)),
    ("a Google OAuth client secret", "GOC" + "SPX-" + drawn(28)),
    ("a SendGrid API key", "S" + f"G.{drawn(22)}.{drawn(43)}"),
    ("a Mailgun API key", "ke" + "y-" + drawn(32, _HEX)),
    ("a Twilio account or key with its secret", "A" + f"C{drawn(32, _HEX)}:1{drawn(31, _HEX)}"),
    ("a Twilio account or key with its secret", "S" + f"K{drawn(32, _HEX)} 1{drawn(31)}"),
    ("an npm access token", "np" + "m_" + drawn(36)),
    ("an npm access token", "//registry.npmjs.org/:_authToken=np" + "m_" + drawn(36)),
    ("a PyPI token", "py" + "pi-AgEIcHlwaS5vcmc" + drawn(120)),
    ("a PyPI token", "py" + "pi-AgENdGVzdC5weXBp" + drawn(120)),
    ("a Docker Hub access token", "dckr" + "_pat_" + drawn(27)),
    ("a Docker Hub access token", "dckr" + "_oat_" + drawn(32)),
    ("a Vault token", "hv" + "s." + drawn(95)),
    ("a Vault token", "hv" + "b." + drawn(140)),
    ("a Vault token", "hv" + "r." + drawn(24)),
    ("a Databricks token", "da" + "pi" + drawn(32, _HEX)),
    ("a Databricks token", "da" + "pi" + drawn(32, _HEX) + "-2"),
    ("a Databricks token", "do" + "se" + drawn(32, _HEX)),
    ("an Anthropic API key", "sk" + f"-ant-api03-{drawn(93)}AA"),
    ("an Anthropic API key", "sk" + f"-ant-admin01-{drawn(93)}AA"),
    ("an OpenAI API key", "sk" + f"-proj-{drawn(74)}T3Blbk" + f"FJ{drawn(74)}"),
    ("an OpenAI API key", "sk" + f"-svcacct-{drawn(74)}T3Blbk" + f"FJ{drawn(74)}"),
    ("an OpenAI API key", "sk" + f"-{drawn(20)}T3Blbk" + f"FJ{drawn(20)}"),
    ("a Hugging Face token", "h" + "f_" + drawn(34, string.ascii_letters)),
    ("a Pulumi access token", "pu" + "l-" + drawn(40, _HEX)),
    ("a Terraform Cloud token", drawn(14) + ".atlas" + "v1." + drawn(67)),
    *(("a New Relic key", f"NR{head}-{drawn(32, string.ascii_uppercase)}") for head in ("AK", "II", "IQ")),
    ("a New Relic license key", drawn(36, _HEX) + "NR" + "AL"),
    ("a New Relic license key", "eu01xx" + drawn(30, _HEX) + "NR" + "AL"),
    *(("a Shopify token", f"shp{head}_{drawn(32, _HEX)}") for head in ("at", "ca", "pa", "ss", "ua")),
    ("a Telegram bot token", drawn(10, "12345") + ":A" + "A" + drawn(33)),
    ("a Discord webhook", "https://discord" + f".com/api/webhooks/{drawn(18, '12345')}/{drawn(68)}"),
    ("a Discord webhook", "https://discordapp" + f".com/api/v10/webhooks/{drawn(19, '12345')}/{drawn(68)}"),
    (
        "a Microsoft Teams webhook",
        "https://acme.webhook.office"
        + f".com/webhookb2/{drawn(36)}@{drawn(36)}/IncomingWebhook/{drawn(32, _HEX)}/{drawn(36)}",
    ),
    ("a Grafana token", "gl" + f"sa_{drawn(32)}_{drawn(8, _HEX)}"),
    ("a Grafana token", "gl" + f"c_{drawn(120)}=="),
    ("a Sentry auth token", "sntr" + f"ys_{drawn(120)}=_{drawn(43)}"),
    ("a Sentry auth token", "sntr" + "yu_" + drawn(64, _HEX)),
    ("an Atlassian API token", "ATA" + f"TT3{drawn(186)}=" + drawn(8, "0123456789ABCDEF")),
    ("a Tailscale key", "ts" + f"key-auth-{drawn(17)}-{drawn(32)}"),
    (
        "a LaunchDarkly SDK key",
        "sd" + f"k-{drawn(8, _HEX)}-{drawn(4, _HEX)}-4{drawn(3, _HEX)}-{drawn(4, _HEX)}-{drawn(12, _HEX)}",
    ),
    ("a Supabase secret key", "sb" + "_secret_" + drawn(31)),
    ("a Laravel application key", "base" + f"64:{drawn(43)}="),
    (
        "a Google Cloud service account key",
        json.dumps({"type": "service_account", "private_key": pem("PRIVATE" + " KEY")}),
    ),
    (
        "a Google Cloud service account key",
        json.dumps(json.dumps({"type": "service_account", "private_key": pem("PRIVATE" + " KEY")})),
    ),
    ("a private key", pem(RSA)),
    ("a private key", pem(RSA, newline="\\n")),
    ("a private key", pem(RSA, newline=" ")),
    ("a private key", pem(RSA, newline="\r\n      ")),
    ("a private key", pem(RSA, "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC," + drawn(32, _HEX), "")),
    ("a private key", pem("PRIVATE" + " KEY")),
    ("a private key", pem("EC PRIVATE" + " KEY")),
    ("a private key", json.dumps({"private_key": pem("PRIVATE" + " KEY")})),
    ("a private key", pem("OPENSSH PRIVATE" + " KEY")),
    ("a private key", pem("ENCRYPTED PRIVATE" + " KEY")),
    ("a private key", pem("PGP PRIVATE" + " KEY BLOCK", "Version: GnuPG v2", "")),
    ("a Docker registry login", json.dumps({"auths": {"ghcr.io": {"auth": encoded(f"ops:{PASSWORD}")}}})),
    ("a Docker registry login", f'ECS_ENGINE_AUTH_DATA={{"ghcr.io":{{"auth":"{encoded(f"ops:{PASSWORD}")}"}}}}'),
    (
        "an Azure account key",
        f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={drawn(86)}==;EndpointSuffix=core.windows.net",
    ),
    (
        "an Azure shared access key",
        f"Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey={drawn(43)}=",
    ),
    ("a JSON web token", jwt({"alg": "HS256", "typ": "JWT"}, {"sub": "1234567890"})),
    ("a JSON web token", jwt({"typ": "JWT", "alg": "RS256", "kid": "a"}, {"role": "service_role"})),
    (TOKEN_HEADER, f"Bearer {drawn(20)}1"),
    (TOKEN_HEADER, f"Authorization: Bearer 1{drawn(30)}"),
    (PASSWORD_HEADER, "Basic " + encoded(f"ops:{PASSWORD}")),
    (PASSWORD_HEADER, "authorization: basic " + encoded(f"ops:{PASSWORD}")),
    (URL, f"postgresql://app:{PASSWORD}@db.internal:5432/orders?sslmode=require"),
    (URL, f"mongodb+srv://app:{PASSWORD}@cluster0.abc12.mongodb.net/orders"),
    (URL, f"redis://:{PASSWORD}@redis:6379/0"),
    (URL, f"amqps://app:{PASSWORD}@b-1.mq.eu-west-1.amazonaws.com:5671"),
    (URL, f"https://{drawn(32, _HEX)}:{drawn(32, _HEX)}@sentry.acme.io/1"),
    (URL, f"https://x-access-token:{PASSWORD}@github.com/acme/orders.git"),
    (URL, "postgres://app:changeme@localhost/orders"),
    (URL, "postgres://app:P@$$w0rd@localhost/orders"),
    (URL, f"smtp://AKIAIOSFODNN7EXAMPLE:{PASSWORD}%2F@email-smtp.eu-west-1.amazonaws.com:587"),
    (CONNECTION, f"Server=db.internal;Database=orders;User Id=app;Password={PASSWORD};Encrypt=True"),
    (CONNECTION, f"Driver={{ODBC Driver 18 for SQL Server}};Server=db.internal;Uid=app;Pwd={PASSWORD}"),
    (CONNECTION, f"host=db.internal port=5432 dbname=orders user=app password={PASSWORD} sslmode=require"),
    (CONNECTION, f"password='{PASSWORD}' host=db.internal"),
    (CONNECTION, f"jdbc:postgresql://db.internal/orders?user=app&password={PASSWORD}"),
    (CONNECTION, f"jdbc:sqlserver://db.internal:1433;databaseName=orders;user=app;password={PASSWORD}"),
    (CONNECTION, f"jdbc:oracle:thin:app/{PASSWORD}@//db.internal:1521/ORCL"),
    (CONNECTION, f"redis.internal:6380,password={PASSWORD},ssl=True,abortConnect=False"),
    (CONNECTION, f'ScramLoginModule required username="app" password="{PASSWORD}";'),
]


@pytest.mark.parametrize(("kind", "text"), CREDENTIALS)
def test_credentials_are_known_by_their_format_wherever_they_stand(kind: str, text: str) -> None:
    assert credential_kind(text) == kind
    assert secret_reason("VALUE", f"  {text}\n") in (f"it looks like {kind}", f"it is {kind}")
    assert credential_kind(encoded(text)) == f"{kind}, in base64"
    assert credential_kind(encoded(gzip.compress(text.encode()))) == f"{kind}, in base64"
    assert secrets_in_text(f"#!/bin/sh\n\nrun {text}\n")[0][1] == kind


def test_every_format_has_an_example_a_source_and_words() -> None:
    formats = FORMATS
    assert {kind for kind, _ in CREDENTIALS} == {format_.kind for format_ in formats}
    assert all(format_.url.startswith("https://") for format_ in formats)
    assert all(format_.kind.startswith(("a ", "an ")) for format_ in formats)


def test_reasons_read_well() -> None:
    assert secret_reason("A", "gh" + "p_" + drawn(36)) == "it looks like a GitHub personal access token"
    assert secret_reason("A", f"redis://:{PASSWORD}@redis") == "it is a URL with a password in it"
    assert secret_reason("DB_PASSWORD", PASSWORD) == "its name suggests a secret"
    assert secret_reason("JAVA_OPTS", f"-Xmx1g -Ddb.password={PASSWORD}") == f"it contains {NAMED}"
    assert secret_reason("COMMAND", f"mysql -uroot -p{PASSWORD} orders") == f"it contains {COMMAND}"


@pytest.mark.parametrize(
    "text",
    [
        KEY_ID,
        SECRET_KEY,
        f"{KEY_ID} {drawn(40, _HEX)}",
        "gh" + "p_" + drawn(20),
        "gh" + "p_" + "x" * 36,
        "a_gh" + "p_" + drawn(36),
        "xo" + "xb-your-token-goes-here-please",
        "sk" + "_test_" + drawn(24),
        "sk-" + drawn(20),
        "cache-ke" + "y-" + drawn(32, _HEX),
        "A" + f"C{drawn(32, _HEX)}",
        "da" + "pi" + drawn(40, _HEX),
        "1234:A" + "A" + drawn(33),
        "AI" + "za" + drawn(20),
        f"-----BEGIN {RSA}-----",
        f"-----BEGIN {RSA}-----\n...\n-----END {RSA}-----",
        pem("PUBLIC" + " KEY"),
        jwt({"typ": "JWT"}, {"sub": "1"}),
        jwt({"alg": "HS256"}, {"role": "anon"}),
        jwt(["alg"], {"sub": "1"}),
        jwt({"alg": "HS256"}, {"sub": "1"}).rpartition(".")[0],
        "Bearer of good tidings",
        "Bearer authentication-with-tokens",
        "Basic " + encoded("no colon here"),
        "Basic " + encoded("user:"),
        "Basic " + encoded(bytes(range(128, 160))),
        "postgres://app@db/orders",
        "https://db:5432/a@b",
        "docker://redis:7@sha256:" + drawn(64, _HEX),
        "connect(host=host, user=user, password=password)",
        "connect(user=user,password=password)",
        "connect(user=user,password=secrets('db'))",
        f"connect(\n    user='app',\n    password='{PASSWORD}',\n)",
        "connect(user='app', password=secrets['db'])",
        "mypassword=1 of the fields of user=",
        '{"auths":{"ghcr.io":{"auth":"' + encoded("nocolon") + '"}}}',
        json.dumps({"auth": encoded(f"ops:{PASSWORD}")}),
        f"https://acme.io/login?password={PASSWORD}",
        "base64:" + drawn(20),
    ],
)
def test_what_only_resembles_them_is_none(text: str) -> None:
    assert credential_kind(text) is None


TELLING = """
    PASSWORD password Password DB_PASSWORD dbPassword db-password db.password DBPassword dbpassword PGPASSWORD MYSQL_PWD
    DB_PASS smtp_pw passwd ROOT_PASSWD plain_text_passwd passphrase SSH_KEY_PASSPHRASE sshPassphrase DB_PASSWORD_PROD
    DB_PASSWORD_2 PASSWORD1 INITIAL_PASSWORD DEFAULT_PASSWORD TF_VAR_db_password masterUserPassword /prod/db/password
    SECRET clientSecret client_secret JWT_SECRET SESSION_SECRET SECRET_STRING COGNITO_CLIENT_SECRET COOKIE_SECRET
    TOKEN ACCESS_TOKEN accessToken authtoken GITHUB_TOKEN X-Vault-Token AWS_SESSION_TOKEN BOT_TOKEN REFRESH_TOKEN_OLD
    API_KEY apiKey ApiKey APIKey apikey X-Api-Key API_KEYS STRIPE_API_KEY_LIVE SECRET_KEY SECRET_KEY_BASE PRIVATE_KEY
    PRIVATE_KEY_BASE64 AWS_SECRET_ACCESS_KEY secretAccessKey ENCRYPTION_KEY SIGNING_KEY RAILS_MASTER_KEY LICENSE_KEY
    HMAC_KEY JWT_KEY SHARED_KEY DECRYPTION_KEY LOGIN_PASSCODE DB_CREDS API_KEY_B64 PASSWORD_CURRENT PASSWORD_DEFAULT
    PASSWORD_DEV PASSWORD_DEVELOPMENT PASSWORD_LOCAL PASSWORD_NEW PASSWORD_PLAIN PASSWORD_PLAINTEXT PASSWORD_PREVIOUS
    PASSWORD_PRIMARY PASSWORD_PRODUCTION PASSWORD_QA PASSWORD_SANDBOX PASSWORD_SECONDARY PASSWORD_STAGE PASSWORD_STAGING
    PASSWORD_STG PASSWORD_TEST PASSWORD_UAT PASSWORD_V2 PASSWORD_VALUE TS_AUTHKEY
    STORAGE_ACCOUNT_KEY SERVICE_ROLE_KEY credentials DB_CREDENTIALS
"""
HOLDERS = (
    *("API", "APP", "AUTH", "CLIENT", "COOKIE", "ENCRYPTION", "HMAC", "JWT", "NEXTAUTH", "OAUTH", "SESSION", "SHARED"),
    *("SIGNING", "TOKEN", "WEBHOOK"),
)
NOT_TELLING = """
    PASSWORD_FILE PASSWORD_MIN_LENGTH passwordPolicy PASSWORD_HASH PASSWORD_FIELD PASSWORD_RESET_URL RESET_PASSWORD
    forgotPassword ENCRYPTED_PASSWORD HASHED_PASSWORD requirePassword manageMasterUserPassword PASSWORDLESS
    PASSWORD_SSM_PATH SECRET_ARN SECRET_NAME SECRET_ID SecretId SECRETS_MANAGER_ENDPOINT SECRET_VERSION SECRET_KEY_NAME
    imagePullSecret existingSecret TLS_SECRET TOKEN_URL TOKEN_TTL TOKEN_EXPIRY token_endpoint tokenType NEXT_TOKEN
    nextToken CLIENT_TOKEN MAX_TOKENS EOS_TOKEN creationToken TOKENIZER TOKEN_FILE NEXT_PUBLIC_MAPBOX_TOKEN KEY
    KEY_PREFIX PUBLIC_KEY KMS_KEY_ID KMS_ENCRYPTION_KEY PARTITION_KEY SSH_KEY_NAME PRIMARY_KEY SORT_KEY ROUTING_KEY
    CACHE_KEY AWS_ACCESS_KEY_ID API_KEY_ID API_KEY_HEADER NEXT_PUBLIC_API_KEY VITE_API_KEY PUBLISHABLE_API_KEY KEY_PAIR
    APIKEY_REQUIRED AUTH_MODE AUTHENTICATION CREDENTIALS_FILE CREDENTIAL_SOURCE COMPASS BYPASS OLDPWD USER EMAIL
    DATABASE_URL LOG_LEVEL SSM_DB_PASSWORD DB_PASSWORD_ARN ARN_DB_PASSWORD DB_PASSWORD_PARAMETER PARAM_DB_PASSWORD
    PARAMETER_DB_PASSWORD REF_DB_PASSWORD KMS_PASSWORD ENABLE_PASSWORD GENERATE_PASSWORD NO_PASSWORD ROTATE_PASSWORD
    USE_PASSWORD CHANGE_PASSWORD UPDATE_PASSWORD BOS_TOKEN PAD_TOKEN SEP_TOKEN STOP_TOKEN CONTINUATION_TOKEN CSRF_TOKEN
    XSRF_TOKEN IDEMPOTENCY_TOKEN MAX_TOKEN PAGE_TOKEN PAGINATION_TOKEN STARTING_TOKEN TASK_TOKEN UPDATE_TOKEN ANON_TOKEN
    PUBLIC_TOKEN PUBLISHABLE_TOKEN REACT_APP_TOKEN VITE_TOKEN SUPABASE_ANON_API_KEY REACT_APP_API_KEY VALUE 1 _ é
"""


@pytest.mark.parametrize("name", str.split(TELLING))
def test_names_tell_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", [*str.split(NOT_TELLING), "", " ", "password: ask the owner", "PASSWORD" * 20 + "_FILE"]
)
def test_names_of_other_things_do_not(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", PASSWORD),
        ("DB_PASSWORD", "changeme"),
        ("POSTGRES_PASSWORD", "password"),
        ("DB_PASSWORD", "correct horse battery staple"),
        ("DB_PASSWORD", "P@$$w0rd"),
        ("DB_PASSWORD", "123456"),
        ("DB_PASSWORD", "a(b)c!"),
        ("DB_PASSWORD", drawn(16) + "/" + drawn(16) + "="),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ("AWS_SECRET_ACCESS_KEY", "/" + SECRET_KEY[1:]),
        ("API_KEY", "3f2b8a4e-7c19-4d6f-9b0e-5a1c2d3e4f60"),
        ("API_KEY", drawn(32, _HEX)),
        *((f"{holder}_SECRET", f"my-{holder.lower()}-secret") for holder in HOLDERS),
        ("secret", "hush-hush"),
        ("DB_SECRET", drawn(20)),
        ("ENCRYPTION_KEY", drawn(64, _HEX)),
        ("SLACK_TOKEN", "token"),
        ("TOKEN", "test"),
        ("REDIS_AUTH_TOKEN", drawn(64)),
    ],
)
def test_values_under_telling_names_are_secrets(name: str, value: str) -> None:
    assert secret_reason(name, value) == "its name suggests a secret"


def test_a_google_key_is_none_where_its_name_says_that_browsers_have_it() -> None:
    key = "AI" + "zaSy" + drawn(33)
    assert secret_reason("NEXT_PUBLIC_FIREBASE_API_KEY", key) is None
    assert secret_reason("VITE_FIREBASE_API_KEY", key) is None
    assert secret_reason("FIREBASE_API_KEY", key) == "it looks like a Google API key"
    assert secret_reason("PUBLIC_URL", f"https://ops:{PASSWORD}@acme.io") == f"it is {URL}"


@pytest.mark.parametrize(
    "document",
    [
        {"username": "app", "password": PASSWORD},
        {"db": {"main": [{"password": PASSWORD}]}},
        {"apiKey": drawn(20)},
        [{"name": "DB_PASSWORD", "value": PASSWORD}],
        [{"Key": "client_secret", "Value": PASSWORD}],
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_json_documents_hold_secrets(document: object, indent: int | None) -> None:
    text = json.dumps(document, indent=indent)
    assert secret_reason("APP_CONFIG", text) == f"it contains {NAMED}"
    assert secret_reason("DB_SECRET", text) == f"it contains {NAMED}"
    assert secret_reason("APP_CONFIG", json.dumps(text)) == f"it contains {NAMED}"


NOT_SECRETS = [
    line.split("\t")
    for line in (Path(__file__).parent.parent / "data" / "not_secrets.txt").read_text(encoding="utf-8").splitlines()
]


def test_there_are_enough_strings_that_are_no_secrets() -> None:
    assert len(NOT_SECRETS) >= 250
    assert len({label for label, _, _ in NOT_SECRETS}) >= 40


@pytest.mark.parametrize(("label", "name", "value"), NOT_SECRETS)
def test_what_is_no_secret_passes(label: str, name: str, value: str) -> None:
    # A value of several lines is written in one.
    for text in (value, value.replace("\\n", "\n")):
        assert credential_kind(text) is None
        assert secret_reason(name, text) is None
        assert secrets_in_text(text) == []
        assert secrets_in_text(encoded(text)) == []
    if label not in ("code", "command"):
        for written in (f'export {name}="{value}"', f"{name}='{value}'", f"{name}={value}", f"{name}: {value}"):
            assert secrets_in_text(written) == []
        assert secret_reason("CONFIG", json.dumps({name: value})) is None


WRITTEN = [
    (NAMED, f"export DB_PASSWORD={PASSWORD}"),
    (NAMED, f'export DB_PASSWORD="{PASSWORD}"'),
    (NAMED, f"DB_PASSWORD='{PASSWORD}' ./run"),
    (NAMED, "DB_PASSWORD='Pa$word1'"),
    (NAMED, f"PGPASSWORD={PASSWORD} psql -h db"),
    (NAMED, f"password: {PASSWORD}"),
    (NAMED, f"    - password: {PASSWORD} # of the database"),
    (NAMED, f'  "password": "{PASSWORD}",'),
    (NAMED, f"      - POSTGRES_PASSWORD={PASSWORD}"),
    (NAMED, "password = hunter2"),
    (NAMED, "POSTGRES_PASSWORD: password"),
    (NAMED, f'db_password = "{PASSWORD}"'),
    (NAMED, f"'api_key' => '{PASSWORD}',"),
    (NAMED, f'Environment="API_KEY={PASSWORD}"'),
    (NAMED, f"docker run -e API_KEY={PASSWORD} app"),
    (NAMED, f"java -Dspring.datasource.password={PASSWORD} -jar app.jar"),
    (NAMED, f"helm install x --set auth.password={PASSWORD}"),
    (NAMED, f"./config.sh --url https://github.com/acme --token {PASSWORD}"),
    (NAMED, f"app --db-password={PASSWORD}"),
    (NAMED, f'app --client-secret "{PASSWORD}"'),
    (NAMED, f"docker login -u ops --password {PASSWORD} ghcr.io"),
    (NAMED, f'curl -H "X-Api-Key: {PASSWORD}" https://api.acme.io'),
    (NAMED, f"curl 'https://api.acme.io/?access_token={PASSWORD}'"),
    (NAMED, f"  <password>{PASSWORD}</password>"),
    (NAMED, f'<add key="ApiKey" value="{PASSWORD}" />'),
    (NAMED, f'$password = "{PASSWORD}"'),
    (NAMED, f'$env:DB_PASSWORD = "{PASSWORD}"'),
    (NAMED, f"setx DB_PASSWORD {PASSWORD}"),
    (NAMED, f'[Environment]::SetEnvironmentVariable("DB_PASSWORD", "{PASSWORD}", "Machine")'),
    (NAMED, f"aws configure set aws_secret_access_key {PASSWORD}"),
    (NAMED, f"- name: DB_PASSWORD\n  value: {PASSWORD}"),
    (COMMAND, f"mysql -h db -u root -p{PASSWORD} orders"),
    (COMMAND, "mysql -uroot -p123456"),
    (COMMAND, f"/usr/bin/mysqldump -uroot -p'{PASSWORD}' --all-databases"),
    (COMMAND, f"mysql -u root \\\n  -p{PASSWORD}"),
    (COMMAND, f"mariadb -e 'select 1' -p{PASSWORD}"),
    (COMMAND, f"curl -fsS -u ops:{PASSWORD} https://api.acme.io"),
    (COMMAND, f'curl "https://api.acme.io/?a=1&b=2" -su "ops:{PASSWORD}"'),
    (COMMAND, f"curl --user ops:{PASSWORD} https://api.acme.io"),
    (COMMAND, f"docker login -u ops -p {PASSWORD} ghcr.io"),
    (COMMAND, f"az login --service-principal -u app -p {PASSWORD}"),
    (COMMAND, f"sshpass -p '{PASSWORD}' ssh -p 22 ops@host"),
    (COMMAND, f"redis-cli -h redis -a {PASSWORD} ping"),
    (COMMAND, f"mongosh -u app -p {PASSWORD} orders"),
    (COMMAND, f"ldapsearch -x -D cn=admin -w {PASSWORD}"),
    (COMMAND, f"sqlcmd -S db -U sa -P {PASSWORD}"),
    (COMMAND, f"openssl pkcs12 -export -passout pass:{PASSWORD}"),
    (COMMAND, f"keytool -importcert -storepass {PASSWORD}"),
    (COMMAND, f'echo "ubuntu:{PASSWORD}" | sudo chpasswd'),
    (COMMAND, f"echo {PASSWORD} | passwd --stdin ec2-user"),
    (COMMAND, f"machine api.acme.io login ops password {PASSWORD}"),
    (COMMAND, f'ConvertTo-SecureString -String "{PASSWORD}" -AsPlainText -Force'),
    (COMMAND, f"net user Administrator {PASSWORD} /add"),
    (COMMAND, f"CREATE USER app IDENTIFIED BY '{PASSWORD}';"),
    (COMMAND, f"create user app identified with mysql_native_password by '{PASSWORD}';"),
    (COMMAND, f"ALTER USER app WITH PASSWORD '{PASSWORD}';"),
    (f"{NAMED}, in base64", "content: " + encoded(f"#!/bin/sh\nexport DB_PASSWORD={PASSWORD}\n")),
    ("a private key, in base64", "content: " + encoded(gzip.compress(pem(RSA).encode()))),
]


@pytest.mark.parametrize(("what", "written"), WRITTEN)
@pytest.mark.parametrize("wrapped", [str, encoded, lambda text: encoded(gzip.compress(text.encode()))])
def test_scripts_and_documents_hold_secrets(what: str, written: str, wrapped: Callable[[str], str]) -> None:
    script = f"#!/bin/bash -e\nyum install -y httpd\n{written}\nsystemctl start httpd\n"
    line = 3 + written.count("\n")
    assert secrets_in_text(wrapped(script)) == [(line, what)]


@pytest.mark.parametrize(
    "written",
    [
        "export DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id db --query SecretString --output text)",
        'export DB_PASSWORD="$DB_PASSWORD"',
        'PGPASSWORD="${1}" psql',
        'PASSWORD="prefix-$RANDOM"',
        "DB_PASSWORD=`cat /run/secrets/db`",
        "DB_PASSWORD=",
        ': "${DB_PASSWORD:=changeme1}"',
        'echo "${TOKEN:?must be set}"',
        'echo "${DB_PASSWORD:-changeme}"',
        "mysql -u root -p",
        "mysql -u root -p$PASSWORD -P3306",
        "mysql -u root | grep -pfoo",
        "docker login -u AWS -p $(aws ecr get-login-password) ghcr.io",
        "docker run -p 8080:80 nginx",
        "vault login -path=ldap -method=ldap",
        "docker build --secret id=npm,src=.npmrc .",
        "psql --password -h db",
        "# use --password to set the password",
        "app --token TOKEN",
        "app --password-stdin",
        "password: !vault |",
        "password: *anchor",
        "password: {{ db_password }}",
        "password: string",
        "password: the one that you got by mail",
        "password: dbPassword",
        "password = getpass()",
        "password = settings.password",
        "self.password = password",
        "token = client.token",
        "connect(user, password=password, token=args.token)",
        "def connect(self, token=None):",
        "secret := fetched1",
        "token => token1",
        'if [ "$TOKEN" = "expected1" ]; then exit; fi',
        '[[ $PASSWORD == "expected1" ]]',
        'read -s -p "Password: " pw; read -p "Token: " token',
        'echo \'{"password": "Password"}\'',
        "<password>${env.PASSWORD}</password>",
        "$password = Read-Host -AsSecureString",
        "net user guest /active:no",
        "SELECT password FROM users WHERE password = ?",
        "curl -u ops: https://api.acme.io",
        'curl -H "X-aws-ec2-metadata-token: $TOKEN" http://169.254.169.254/latest/meta-data/',
        "content: " + encoded("#!/bin/sh\nexport DB_PASSWORD=$(cat /run/secrets/db)\n"),
        "content: " + encoded(random.Random(1).randbytes(60)),
    ],
)
def test_scripts_that_only_refer_to_secrets_pass(written: str) -> None:
    assert secrets_in_text(f"#!/bin/bash\n{written}\nexit\n") == []


def test_each_line_is_reported_once_by_what_can_be_told_best() -> None:
    token = "gh" + "p_" + drawn(36)
    script = f"export API_KEY={PASSWORD}\n\nexport DB_PASSWORD={PASSWORD}; mysql -p{PASSWORD}\nGITHUB_TOKEN={token}"
    assert secrets_in_text(script) == [(1, NAMED), (3, COMMAND), (4, "a GitHub personal access token")]


def test_compressed_text_is_looked_into_only_so_far() -> None:
    script = f"export DB_PASSWORD={PASSWORD}"
    for padding, found in (("a" * 1000, [(2, NAMED)]), ("a" * 5_000_000, [])):
        assert secrets_in_text(encoded(gzip.compress(f"{padding}\n{script}".encode()))) == found


@pytest.mark.parametrize("text", [text for _, text in (*CREDENTIALS, *WRITTEN)])
def test_no_part_of_a_secret_is_ever_said(text: str) -> None:
    said = f"{credential_kind(text)} {secret_reason('DB_PASSWORD', text)} {secrets_in_text(text)}"
    secrets = [word for word in text.replace("=", " ").replace(":", " ").split() if any(map(str.isdigit, word))]
    assert not any(word in said for word in secrets if len(word) >= 4)
    assert PASSWORD[:4] not in said


TEXTS = st.one_of(
    st.text(),
    st.binary().map(encoded),
    st.binary().map(gzip.compress).map(encoded),
    st.binary().map(lambda data: encoded(gzip.compress(data)[:-5] + data)),
    st.lists(st.sampled_from([*(format_.mark for format_ in FORMATS), *" =:'\"\\\n-$({[", "password", "aB3/"])).map(
        "".join
    ),
    st.from_regex(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+", fullmatch=True),
    st.from_regex(r"(?:password|--token|mysql -p|curl -u a:|Basic )[=: ]?[\"']?\S+", fullmatch=True),
)
REASONS = {format_.kind for format_ in FORMATS} | {NAMED, COMMAND}
REASONS |= {f"{reason}, in base64" for reason in REASONS}


@given(TEXTS, TEXTS)
def test_any_text_can_be_asked_about(name: str, value: str) -> None:
    assert credential_kind(value) in REASONS | {None}
    assert is_secret_name(name) in (True, False)
    reason = secret_reason(name, value)
    assert reason in (None, "its name suggests a secret") or any(known in reason for known in REASONS)
    for line, what in secrets_in_text(value):
        assert line >= 1
        assert what in REASONS


def test_deeply_nested_claims_are_no_token() -> None:
    header = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 100_000).decode().rstrip("=")
    assert credential_kind(f"{header}.eyJhIjoxfQ.{drawn(20)}") is None


# Commands as words

STRONG = "kX3vTq9ZrLw7bNs2YdFh"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["app", "--password", STRONG], [2]),
        (["app", f"--password={STRONG}", "--token", STRONG], [1, 3]),
        (["sh", "-c", f"app\nexport API_TOKEN={STRONG}\n"], [2]),
        (["mysql", "-u", "root", f"-p{STRONG}"], [3]),
        (["redis-server", "--requirepass", STRONG], [2]),
        (["", "", f"--password={STRONG}", ""], [2]),
        (["app", "--password", "Ref::password"], []),
        (["app", "--password", "$PASSWORD"], []),
        ([""], []),
        ([], []),
    ],
    ids=str,
)
def test_the_word_of_a_command_that_holds_a_secret_is_told(words: list[str], found: list[int]) -> None:
    assert [index for index, _ in secrets_in_command(words)] == found
