"""Settings of the portal. The environment is read here, once, and nowhere else.

Every process reads the same settings; what differs is the database role in its
DATABASE_URL_* (web, device, worker, auditor or owner).
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from access.lock.keys import SigningKeys

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("PORTAL_VAR", BASE_DIR / "var"))


def flag(name: str) -> bool:
    """A switch is on only when the environment says exactly 1."""
    return os.environ.get(name, "0") == "1"


def words(name: str, default: str) -> list[str]:
    """A comma-separated list from the environment."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


# -- What runs where -----------------------------------------------------------------------------

PORTAL_ENV = os.environ.get("PORTAL_ENV", "development")
DEBUG = flag("PORTAL_DEBUG")
DEMO = flag("PORTAL_DEMO")
SECRET_KEY = os.environ.get("PORTAL_SECRET_KEY", "development-only-" + "0" * 50)
ALLOWED_HOSTS = words("PORTAL_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
PORTAL_REGIONS = words("PORTAL_REGIONS", "eu,apac,us")
# "staff" for people's pages; "device" for /device/v1/, which is all that process answers.
SURFACE = os.environ.get("PORTAL_SURFACE", "staff")
SERVED_OVER_TLS = PORTAL_ENV == "production"
# How long a minute of the signal catalogue lasts (poll, watch, latency, days to close).
CATALOGUE_MINUTE_SECONDS = float(os.environ.get("CATALOGUE_MINUTE_SECONDS", "60"))

# -- Databases: the control plane and one a region -----------------------------------------------


def database(alias: str) -> dict[str, object]:
    """The connection of one alias, from DATABASE_URL_<ALIAS>."""
    url = urlsplit(os.environ.get(f"DATABASE_URL_{alias.upper()}", ""))
    return {
        "ENGINE": "access.backend",
        "HOST": url.hostname or "127.0.0.1",
        "PORT": str(url.port or 5432),
        "NAME": url.path.lstrip("/") or f"rooms_{alias}",
        "USER": unquote(url.username or "rooms_web"),
        "PASSWORD": unquote(url.password or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, "application_name": "rooms-ops"},
    }


DATABASES = {alias: database(alias) for alias in ("default", *PORTAL_REGIONS)}
DATABASE_ROUTERS = ["access.residency.PlaneRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The keys that sign the context of each region and of the control plane; the database holds the
# other copy.
LOCK_KEYS = {
    "default" if place == "control" else place: SigningKeys.parse(
        os.environ.get(f"LOCK_KEY_{place.upper()}", "")
    )
    for place in ("control", *PORTAL_REGIONS)
}

# The keys of the log's signer and witnesses: AUDIT_KEY_<LOG> and AUDIT_KEY_WITNESS_<REGION>, or
# files in this folder. Public keys of logs and witnesses that run elsewhere: AUDIT_VKEYS.
AUDIT_KEYS_DIR = Path(os.environ.get("AUDIT_KEYS_DIR", VAR_DIR / "audit"))
AUDIT_KEYS = {
    name.removeprefix("AUDIT_KEY_").lower().replace("_", "-"): value
    for name, value in os.environ.items()
    if name.startswith("AUDIT_KEY_") and value
}
AUDIT_VKEYS = words("AUDIT_VKEYS", "")
# Witnesses that run by themselves: "verifier-key address", with commas between them.
AUDIT_WITNESSES = words("AUDIT_WITNESSES", "")

# -- Applications --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal",
    "diagnostics",
    "rooms",
    "access",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "guardian",
    "django_htmx",
    "template_partials",
]

MIDDLEWARE = [
    "access.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "access.middleware.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "access.middleware.HonestFailures",
    "access.middleware.RefuseUndeclaredViews",
    "axes.middleware.AxesMiddleware",
]

# The addresses of both surfaces; a check asks all of them, whichever this process answers.
URLCONFS = {"staff": "portal.urls", "device": "portal.urls_device"}
ROOT_URLCONF = URLCONFS[SURFACE]
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "portal.context.shell",
            ],
            "builtins": ["portal.templatetags.ui"],
        },
    }
]

# -- People and their sessions -------------------------------------------------------------------

AUTH_USER_MODEL = "access.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if PORTAL_ENV == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "access:sign_in"
LOGIN_REDIRECT_URL = "portal:home"
OTP_TOTP_ISSUER = "Rooms Ops"
ANONYMOUS_USER_NAME = None  # guardian must not create a stand-in person who could be given access

# Lock-out by account and address together, so that a stranger cannot lock a colleague out alone.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "email"
AXES_LOCKOUT_CALLABLE = "access.views.sign_in.locked_out"
# Trying while locked out does not make the wait longer, and no code is kept readable.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "email", "code", "csrfmiddlewaretoken"]
AXES_HTTP_RESPONSE_CODE = 429
AXES_ENABLE_ADMIN = False

SESSION_COOKIE_NAME = "__Host-rooms" if SERVED_OVER_TLS else "rooms"
SESSION_COOKIE_SECURE = SERVED_OVER_TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 10 * 3600
SESSION_IDLE_SECONDS = 30 * 60
SESSION_ABSOLUTE_SECONDS = 10 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-rooms-csrf" if SERVED_OVER_TLS else "rooms-csrf"
CSRF_COOKIE_SECURE = SERVED_OVER_TLS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"

# -- Transport and headers -----------------------------------------------------------------------

SECURE_SSL_REDIRECT = SERVED_OVER_TLS
SECURE_HSTS_SECONDS = 31_536_000 if SERVED_OVER_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SERVED_OVER_TLS
SECURE_HSTS_PRELOAD = SERVED_OVER_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SERVED_OVER_TLS else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Django 6's dict shape, so that its own setting replaces our middleware one day.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
    "report-uri": ["/csp-report/"],
}

# -- Words, time, files --------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or PORTAL_ENV == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = PORTAL_ENV == "test"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# -- The device surface --------------------------------------------------------------------------

# Reports that wait for the workers of a region, or how old the oldest may be (seconds): above
# either, devices are asked to come back later. 500,000 reports are about 1.5 GB.
DEVICE_BACKLOG_MOST = int(os.environ.get("DEVICE_BACKLOG_MOST", "500000"))
DEVICE_BACKLOG_SECONDS = int(os.environ.get("DEVICE_BACKLOG_SECONDS", "900"))
# A PEM bundle of chip makers' certificates; without one, a TPM is trusted only when the hash of its
# endorsement key was registered. A maker in here lets in every TPM that it ever certified.
TPM_ROOTS = os.environ.get("PORTAL_TPM_ROOTS", "")

# Days for which drained reports are kept, and over how many processes a region's drain is spread.
REPORT_RETENTION_DAYS = int(os.environ.get("REPORT_RETENTION_DAYS", "30"))
# Days after its end for which an incident stays, with all that was written about it. Published:
# what names people, as messages may, stays for 180 days at the most.
INCIDENT_RETENTION_DAYS = int(os.environ.get("INCIDENT_RETENTION_DAYS", "180"))
DRAIN_SHARDS = int(os.environ.get("DRAIN_SHARDS", "1"))

# The largest bundle of diagnostic data that a device may send, and how long an order waits for it.
DIAGNOSTICS_BUNDLE_MOST_BYTES = int(os.environ.get("DIAGNOSTICS_BUNDLE_MOST_BYTES", "314572800"))
# Whether one redacted file may be taken away, once, under a grant; 1 offers it.
DIAGNOSTICS_DOWNLOADS = os.environ.get("DIAGNOSTICS_DOWNLOADS", "0") == "1"
DIAGNOSTICS_ORDER_HOURS = int(os.environ.get("DIAGNOSTICS_ORDER_HOURS", "24"))
# How long back-ups and the write-ahead log keep what was destroyed; certificates state it.
BACKUP_HORIZON_DAYS = int(os.environ.get("BACKUP_HORIZON_DAYS", "30"))

# -- The vault: who keeps the regions' keys, and the two halves of the intake keys ----------------


def by_region(name: str) -> dict[str, str]:
    """The variable <name>_<REGION> of each region; empty where it is not set."""
    return {region: os.environ.get(f"{name}_{region.upper()}", "") for region in PORTAL_REGIONS}


# "local" keeps them in files of VAULT_KEYS_DIR; "azure" in the Key Vault VAULT_URL_<REGION>.
VAULT_PROVIDER = os.environ.get("VAULT_PROVIDER", "local")
VAULT_KEYS_DIR = Path(os.environ.get("VAULT_KEYS_DIR", VAR_DIR / "vault"))
VAULT_URLS = by_region("VAULT_URL")
VAULT_KEY_NAME = os.environ.get("VAULT_KEY_NAME", "rooms-tenant-keys")
# Hex, of 32 bytes. The device surface gets the public halves, workers alone the private ones.
VAULT_INTAKE_PUBLIC = by_region("VAULT_INTAKE_PUBLIC")
VAULT_INTAKE_PRIVATE = by_region("VAULT_INTAKE_PRIVATE")

# What signs commands to devices (manage.py make_command_keys): workers alone get the private keys,
# begin/end/seed each, with spaces between them; the device surface the signed list of public ones.
COMMAND_KEYS_DIR = Path(os.environ.get("COMMAND_KEYS_DIR", VAR_DIR / "commands"))
COMMAND_KEYS = by_region("COMMAND_KEYS")
COMMAND_KEY_LISTS = by_region("COMMAND_KEY_LIST")
# Our application at Microsoft Graph, for customers that choose this channel; workers alone get the
# secret. The national clouds have other hosts.
GRAPH_CLIENT_ID = os.environ.get("GRAPH_CLIENT_ID", "")
GRAPH_CLIENT_SECRET = os.environ.get("GRAPH_CLIENT_SECRET", "")
GRAPH_BASE = os.environ.get("GRAPH_BASE", "https://graph.microsoft.com/beta")
GRAPH_LOGIN = os.environ.get("GRAPH_LOGIN", "https://login.microsoftonline.com")
# How many devices may wait at once for a command in one process of the device surface. Each holds
# a thread, so it is fewer than the process has; none waits where nobody has counted them.
DEVICE_WAITING_MOST = int(os.environ.get("DEVICE_WAITING_MOST", "0"))

# Where bundles stand: "local" in BUNDLES_DIR/<region>, or "azure" in the container
# BUNDLES_CONTAINER_<REGION> of the account BUNDLES_ACCOUNT_<REGION>, as the process's own identity;
# or of the account that the connection string BUNDLES_CONNECTION_<REGION> names.
BUNDLES_PROVIDER = os.environ.get("BUNDLES_PROVIDER", "local")
BUNDLES_DIR = Path(os.environ.get("BUNDLES_DIR", VAR_DIR / "bundles"))
BUNDLES_CONTAINERS = by_region("BUNDLES_CONTAINER")
BUNDLES_ACCOUNTS = by_region("BUNDLES_ACCOUNT")
BUNDLES_CONNECTIONS = by_region("BUNDLES_CONNECTION")
STORAGES |= {
    f"bundles_{region}": {
        "BACKEND": "diagnostics.storage.blobs.RegionBlobs",
        "OPTIONS": {
            "azure_container": BUNDLES_CONTAINERS[region] or f"bundles-{region}",
            "account_name": BUNDLES_ACCOUNTS[region] or None,
            "connection_string": BUNDLES_CONNECTIONS[region] or None,
        },
    }
    if BUNDLES_PROVIDER == "azure"
    else {
        "BACKEND": "diagnostics.storage.files.RegionFiles",
        "OPTIONS": {"location": str(BUNDLES_DIR / region)},
    }
    for region in PORTAL_REGIONS
}

if SURFACE == "device":
    VAULT_PROVIDER, VAULT_INTAKE_PRIVATE = "none", {}  # this process seals, and opens nothing
    COMMAND_KEYS = {}  # and signs nothing
    DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # a chunk of a bundle is held in memory whole
    WSGI_APPLICATION = "portal.device_wsgi.application"
    MIDDLEWARE = ["rooms.device_api.middleware.DeviceSurface"]
    SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # nobody signs in here
    for alias in DATABASES:
        # A connection stays; one that was cut costs a single 503, which devices repeat.
        DATABASES[alias] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False}

# -- Celery: messages are wake-ups only; what is due stands in tables ----------------------------

CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "memory://")
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 900, "unacked_restore_interval": 5, "unacked_restore_throttle": 1}
    if CELERY_BROKER_URL.startswith(("redis", "rediss"))
    else {}
)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "control"

# -- The record for a SIEM elsewhere; access/siem/destinations.py says how it is written ----------

SIEM_DESTINATIONS = os.environ.get("SIEM_DESTINATIONS", "")
SIEM_TOKEN = os.environ.get("SIEM_TOKEN", "")
# A file with the authority to trust; empty means those of the system.
SIEM_AUTHORITIES = os.environ.get("SIEM_AUTHORITIES", "")

# -- Mail: notices, which hold no customer data --------------------------------------------------

# Where links in mails lead to: this portal as its people reach it.
PORTAL_ADDRESS = os.environ.get("PORTAL_ADDRESS", "http://localhost:8000").rstrip("/")
# "smtp" sends by EMAIL_HOST, "file" writes to var/mail, "none" leaves notices to the bell alone.
MAIL_PROVIDER = os.environ.get("MAIL_PROVIDER", "none" if PORTAL_ENV == "production" else "file")
MAIL_DOMAIN = urlsplit(PORTAL_ADDRESS).hostname or "localhost"
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM", f"Rooms Ops <rooms-ops@{MAIL_DOMAIN}>")
EMAIL_BACKEND = {
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
    "file": "django.core.mail.backends.filebased.EmailBackend",
    "none": "django.core.mail.backends.dummy.EmailBackend",
}[MAIL_PROVIDER]
if MAIL_PROVIDER == "file":
    EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "1") == "1"
EMAIL_TIMEOUT = 10  # seconds

# -- Log lines: never a value of tenant data -----------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "access": {"level": "INFO"},
        "portal": {"level": "INFO"},
        # A stranger's mistakes on the device surface fill no log; they are counted.
        "django.request": {"level": "ERROR" if SURFACE == "device" else "WARNING"},
    },
}
