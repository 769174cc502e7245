"""Every setting, from the environment. A value that is missing or makes no sense stops the start with a sentence.

    DEVELOPMENT    on: a developer's machine (embedded PostgreSQL and Valkey, mails as files, plain HTTP); default off
    SITE_URL       where people reach the site; https:// except on loopback
    SECRET_KEY     50 characters or more
    DATABASE_URL   postgresql://user:password@host:5432/name   (or ?host=/directory/of/the/socket)
    REDIS_URL      redis://host:6379/0, rediss://..., or unix:///path/to/socket
    EMAIL_URL      smtp://..., smtp+tls://..., smtp+ssl://user:password@host:port, or filemail:///directory
    MAIL_FROM      the sender of every mail

All but the first have a default in development and none in production; docs/operations.md has the rest.
"""

import ipaddress
import os
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from cagette import embedded, logs

BASE_DIR = Path(__file__).resolve().parent.parent
RUN_DIR = BASE_DIR / ".run"

# ModelForm[Round], ModelAdmin[Round]: what the type checker reads may be written where it runs, too.
django_stubs_ext.monkeypatch()

env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")


def flag(name: str, *, default: bool) -> bool:
    """A switch that is on or off; anything else is a mistake, and environ would take it for off."""
    value = os.environ.get(name, "on" if default else "off").lower()
    if value not in {"on", "off", "true", "false", "1", "0", "yes", "no"}:
        raise ImproperlyConfigured(f"{name} is on or off, not {value!r}.")
    return value in {"on", "true", "1", "yes"}


def positive(name: str, *, default: float, least: float = 1) -> float:
    try:
        value = float(os.environ.get(name) or default)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is a number, not {os.environ[name]!r}.") from None
    if value < least:
        raise ImproperlyConfigured(f"{name} is {least:g} or more, not {value:g}.")
    return value


DEVELOPMENT = flag("DEVELOPMENT", default=False)
DEBUG = flag("DEBUG", default=DEVELOPMENT)
if DEBUG and not DEVELOPMENT:
    raise ImproperlyConfigured("DEBUG shows secrets to visitors; it is for DEVELOPMENT only.")


def needed(name: str, development: str) -> str:
    """A value every installation has to choose, with one that serves on a developer's machine."""
    value = os.environ.get(name) or (development if DEVELOPMENT else "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set (DEVELOPMENT=on gives it a value for trying things out).")
    return value


def url(name: str, development: str, schemes: set[str]) -> str:
    value = needed(name, development)
    if (scheme := urlsplit(value).scheme) not in schemes:
        raise ImproperlyConfigured(f"{name} starts with one of {', '.join(sorted(schemes))}, not with {scheme!r}.")
    return value


def on_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# Where the site is, and who may ask for it

SITE_URL = url("SITE_URL", f"http://127.0.0.1:{os.environ.get('PORT') or 8000}", {"http", "https"}).rstrip("/")
HTTPS = SITE_URL.startswith("https:")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
if not SITE_HOST or urlsplit(SITE_URL).path:
    raise ImproperlyConfigured("SITE_URL is a scheme and a host, such as https://cagette.example.")
if not HTTPS and not on_loopback(SITE_HOST):
    raise ImproperlyConfigured("SITE_URL is https:// everywhere but on loopback: sign-in cookies travel with it.")

SECRET_KEY = needed("SECRET_KEY", "for a developer's machine only: nothing that is signed with this key is secret")
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY has 50 characters or more.")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
# Health checks come from beside the process, under its own address.
ALLOWED_HOSTS = [SITE_HOST, "127.0.0.1", "localhost", *env.list("ALLOWED_HOSTS", default=[])]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# What it is made of

INSTALLED_APPS = [
    "cagette",
    "producers",
    "catalogs",
    "orders",
    "deliveries",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "template_partials",
    "csp",
    "whitenoise.runserver_nostatic",
    "djmoney",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cagette.logs.request_log",
    "csp.middleware.CSPMiddleware",
    "cagette.headers.permissions_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "cagette.urls"
WSGI_APPLICATION = "cagette.wsgi.application"
ASGI_APPLICATION = "cagette.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Fields come with their help and their errors beside them: templates/django/forms/.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# PostgreSQL

EMBEDDED = embedded.Services(embedded.home_of(BASE_DIR, "dev"))
DATABASE_URL = url("DATABASE_URL", EMBEDDED.postgres.url("cagette"), {"postgres", "postgresql"})
DATABASES = {
    "default": {
        **environ.Env.db_url_config(DATABASE_URL),
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        # A test run names its own database, so that several may run side by side.
        "TEST": {"NAME": os.environ.get("TEST_DATABASE"), "TEMPLATE": os.environ.get("TEST_DATABASE_TEMPLATE")},
    }
}
if not DATABASES["default"].get("NAME"):
    raise ImproperlyConfigured("DATABASE_URL names no database.")
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
# `bin/run web` and `bin/run live` set it; a worker holds one connection and needs no pool.
if os.environ.get("DATABASE_POOL_SIZE"):
    size = int(positive("DATABASE_POOL_SIZE", default=4))
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": min(size, 2), "max_size": size, "timeout": 5}

# Rate limits are counted in the database too: pages need no broker.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Celery

REDIS_URL = url("REDIS_URL", EMBEDDED.valkey.url, {"redis", "rediss", "unix"})
# The sweeps ask the database what is due, this often.
TICK_SECONDS = positive("TICK_SECONDS", default=60, least=0.2)
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    # Who asks a worker for something doesn't wait for a broker that is away: the sweeps find what was not asked for.
    "max_retries": 0,
    # In the order of the queues below: a stall that is due before a mail, a mail before a PDF, and the recaps of a
    # thousand households, which close_round writes, behind the pick lists.
    "queue_order_strategy": "priority",
}
CELERY_TASK_QUEUES = [Queue("closing"), Queue("mail"), Queue("pdf"), Queue("default")]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "cagette.tasks.erase_unused_photos": {"queue": "default"},
    "cagette.tasks.*": {"queue": "mail"},
    "deliveries.tasks.render": {"queue": "pdf"},
    "deliveries.tasks.close_round": {"queue": "default"},
    "deliveries.tasks.*": {"queue": "closing"},
}
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SOFT_TIME_LIMIT = 220
CELERY_TASK_TIME_LIMIT = 240
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BEAT_SCHEDULER = "cagette.celery.StampingScheduler"
CELERY_BEAT_SCHEDULE = {
    "close what is due": {
        "task": "deliveries.tasks.tick",
        "schedule": TICK_SECONDS,
        "options": {"queue": "closing", "expires": TICK_SECONDS * 2},
    },
    "send what was left behind": {
        "task": "cagette.tasks.send_due_mail",
        "schedule": TICK_SECONDS,
        "options": {"queue": "mail", "expires": TICK_SECONDS * 2},
    },
    "erase the text of old mail": {
        "task": "cagette.tasks.erase_old_mail",
        "schedule": 3600,
        "options": {"queue": "mail", "expires": 3600},
    },
    "erase the photos that nobody shows": {
        "task": "cagette.tasks.erase_unused_photos",
        "schedule": 3600,
        "options": {"queue": "default", "expires": 3600},
    },
    "erase what households printed": {
        "task": "deliveries.tasks.erase_printed_recaps",
        "schedule": 3600,
        "options": {"queue": "default", "expires": 3600},
    },
    "erase the files of old imports": {
        "task": "catalogs.tasks.erase_old_imports",
        "schedule": 3600,
        "options": {"queue": "default", "expires": 3600},
    },
}

# Each is asked by /readyz, and answers with a sentence when something is wrong (cagette.health.Probe).
READINESS_PROBES = ["deliveries.overdue.probe"]

# Mail

EMAIL_CONFIG = environ.Env.email_url_config(
    url(
        "EMAIL_URL",
        f"filemail://{RUN_DIR / 'mail'}",
        {"smtp", "smtp+tls", "smtp+ssl", "filemail", "consolemail", "memorymail"},
    )
)
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_CONFIG["EMAIL_HOST"]
EMAIL_PORT = EMAIL_CONFIG["EMAIL_PORT"]
EMAIL_HOST_USER = EMAIL_CONFIG["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = EMAIL_CONFIG["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
# environ drops the slash that an absolute path begins with.
EMAIL_FILE_PATH = f"/{EMAIL_CONFIG['EMAIL_FILE_PATH']}" if EMAIL_CONFIG["EMAIL_FILE_PATH"] else None
EMAIL_TIMEOUT = positive("EMAIL_TIMEOUT", default=30)
DEFAULT_FROM_EMAIL = needed("MAIL_FROM", "Cagette <cagette@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# After a failed attempt a mail waits this long, then twice as long each time, up to sixty times that. It is well above
# EMAIL_TIMEOUT; tests shorten it.
MAIL_RETRY_SECONDS = positive("MAIL_RETRY_SECONDS", default=60, least=0.1)
# The text of a mail is erased so long after it was written.
MAIL_KEPT_DAYS = int(positive("MAIL_KEPT_DAYS", default=400))

# People

AUTH_USER_MODEL = "cagette.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 180 * 24 * 3600

ACCOUNT_ADAPTER = "cagette.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
# Without an (optional) password here allauth lets nobody sign in with one; our sign-up page doesn't ask for it.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]
ACCOUNT_SIGNUP_FORM_CLASS = "cagette.accounts.SignupForm"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
# Mail may take its time in the mountains; cagette.sending.SECRET_LIFETIME is as long.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
# One address each; a new one counts once the code sent there has been typed.
ACCOUNT_CHANGE_EMAIL = True
# For so long after signing in, or proving it once more, somebody need not prove again who they are.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_RATE_LIMITS = {
    # Several neighbours sign in from one address when the market has one network.
    "login": "60/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "30/m/ip",
    "request_login_code": "30/m/ip,5/5m/key",
    "confirm_email": "5/5m/key",
}
# How many proxies stand in front and may be believed about the visitor's address.
ALLAUTH_TRUSTED_PROXY_COUNT = int(positive("TRUSTED_PROXIES", default=0, least=0))
MFA_ADAPTER = "cagette.accounts.PasskeyAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEVELOPMENT
MFA_TOTP_ISSUER = "Cagette"

# Languages and times: the source is English, the first language French.

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English")), ("it", _("Italian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "Europe/Paris"

# Files

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT") or RUN_DIR / "media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "cagette.static_files.FoldedStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEVELOPMENT
# A sheet of 1,000 products sends a few fields each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# What browsers are told

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_HSTS_SECONDS = int(positive("HSTS_SECONDS", default=365 * 24 * 3600, least=0)) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SECURE = HTTPS

LOGGING = logs.configuration(structured=not DEVELOPMENT)
