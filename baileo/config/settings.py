"""Django settings. Values come from `environment.py`; nothing here reads the process environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from baileo.config.environment import Environment, EnvironmentRefused, read_environment
from baileo.config.runtime.postgres import socket_folder
from baileo.config.runtime.secret_key import secret_key_of

ENV = read_environment()
PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Baileo:
    """What the rooms may know of the installation; reached as `settings.BAILEO`."""

    data_dir: Path
    media_dir: Path
    city_code: str
    city_name: str
    time_zone: str
    public_url: str
    demo: bool
    demo_port: int
    demo_rate: float
    net_allow: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    tiles_url: str


BAILEO = Baileo(
    data_dir=ENV.data_dir,
    media_dir=ENV.data_dir / "files",
    city_code=ENV.city_code,
    city_name=ENV.city_name,
    time_zone=ENV.time_zone,
    public_url=ENV.public_url,
    demo=ENV.demo,
    demo_port=ENV.demo_port,
    demo_rate=ENV.demo_rate,
    net_allow=(*ENV.net_allow, *([f"127.0.0.1:{ENV.demo_port}"] if ENV.demo and ENV.demo_port else [])),
    trusted_proxies=ENV.trusted_proxies,
    tiles_url=ENV.tiles_url,
)

SECRET_KEY = ENV.secret_key or secret_key_of(ENV.data_dir)
DEBUG = ENV.debug
_origin = urlsplit(ENV.public_url)
_behind_tls = _origin.scheme == "https"
ALLOWED_HOSTS = [*ENV.allowed_hosts, str(_origin.hostname), "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [ENV.public_url]

INSTALLED_APPS = [
    "baileo.ground.ledger",
    "baileo.ground.people",
    "baileo.ground.places",
    "baileo.city.messages",
    "baileo.city.service_requests",
    "baileo.web.shared",
    "baileo.web.site",
    "baileo.web.desk",
    "baileo.web.wall",
    "baileo.web.api",
    "baileo.web.office",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "procrastinate.contrib.django",
    "django_htmx",
    "django_vite",
    "csp",
    "wagtail.users",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
]

OFFICE_APPS = ("baileo.web.office", "wagtail", "modelcluster", "taggit")
if not ENV.pages:  # the worker and the watch answer nobody: a fifth of their memory
    INSTALLED_APPS = [name for name in INSTALLED_APPS if not name.startswith(OFFICE_APPS)]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "baileo.ground.people.middleware.WallAccountsStayOnTheWall",
]

ROOT_URLCONF = "baileo.config.urls"
ASGI_APPLICATION = "baileo.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]


def _parts(url: str) -> dict[str, Any]:
    try:
        return conninfo_to_dict(url)
    except ProgrammingError:  # its words repeat the address, which may hold a password
        raise EnvironmentRefused(
            "BAILEO_DATABASE_URL is refused: it is no PostgreSQL address; write postgresql://user:password@host/name."
        ) from None


def _database() -> dict[str, object]:
    """Without an address of its own: the socket in the data folder, where the embedded PostgreSQL listens."""
    embedded = {"dbname": "baileo", "user": "baileo", "host": str(socket_folder(ENV.data_dir))}
    parts = _parts(ENV.database_url) if ENV.database_url else embedded
    pool = {"min_size": 0, "max_size": ENV.database_pool, "timeout": 10, "max_idle": 15}  # idle ones cost memory
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "baileo"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": {
            **parts,
            **({"pool": pool} if ENV.database_pool else {}),
            "options": "-c idle_in_transaction_session_timeout=30000 -c statement_timeout=60000",
        },
    }


def _oidc_apps(env: Environment) -> list[dict[str, object]]:
    """The city's own sign-in, when one is configured."""
    if not env.oidc_server_url:
        return []
    keys = {"client_id": env.oidc_client_id, "secret": env.oidc_client_secret}
    return [{"provider_id": "city", "name": "SSO", **keys, "settings": {"server_url": env.oidc_server_url}}]


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["baileo.ground.people.backends.RolePermissions"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGOUT_REDIRECT_URL = "account_login"
SESSION_COOKIE_AGE = 12 * 3600  # one shift; wall screens are kept signed in by their middleware
SECRET_KEY_FALLBACKS = list(ENV.old_secret_keys)

# Counting for limits must be shared by all processes; the table comes with people's migration 0002
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "baileo_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

ACCOUNT_ADAPTER = "baileo.ground.people.adapters.StaffAdapter"
ACCOUNT_FORMS = {"login": "baileo.ground.people.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]  # closed; allauth wants them named for its checks
ACCOUNT_EMAIL_VERIFICATION = "none"  # administrators vouch for addresses
ACCOUNT_SESSION_REMEMBER = None  # the person decides: until the browser closes, or the whole shift
ACCOUNT_SESSION_COOKIE_AGE = SESSION_COOKIE_AGE
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,5/300s/key"}  # a shift signs in behind one address
MFA_ADAPTER = "baileo.ground.people.adapters.SealedMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = f"Baileo {ENV.city_name}"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be 30 s off
SOCIALACCOUNT_ADAPTER = "baileo.ground.people.adapters.CitySignInAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": _oidc_apps(ENV)}}
LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
TIME_ZONE = ENV.time_zone
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/build/assets/"  # their names change with their content
DJANGO_VITE = {
    "default": {"manifest_path": PACKAGE / "web/shared/static/build/manifest.json", "static_url_prefix": "build"}
}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _behind_tls
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Whether a visitor came by TLS is told by uvicorn, which believes X-Forwarded-Proto from trusted proxies only;
# SECURE_PROXY_SSL_HEADER would believe anybody who reaches the port.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _behind_tls else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS: list[str] = []
_oidc = urlsplit(ENV.oidc_server_url)
_oidc_origin = [f"{_oidc.scheme}://{_oidc.netloc}"] if _oidc.netloc else []
_tiles = urlsplit(ENV.tiles_url)
_tiles_origin = [f"{_tiles.scheme}://{_tiles.netloc}"] if _tiles.netloc else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_tiles_origin],
        "font-src": [SELF],
        "connect-src": [SELF, *_tiles_origin],
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF, *_oidc_origin],  # browsers also check where a form's answer leads
        "frame-ancestors": [NONE],
    },
}
WAGTAIL_SITE_NAME = "Baileo"
WAGTAILADMIN_BASE_URL = ENV.public_url
WAGTAIL_I18N_ENABLED = False
WAGTAILADMIN_LOGIN_URL = LOGIN_URL  # Wagtail's own page knows neither our limits nor the second factor
WAGTAIL_PASSWORD_RESET_ENABLED = WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False

LOG_LEVEL = "DEBUG" if DEBUG else "INFO"
LOGGING = {  # one line each to stderr; the supervisor names the process, adds the time and keeps the files
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "baileo.core.redact.RedactingFilter"}},
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["redact"], "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # anybody can cause it, nobody can act on it
        "procrastinate": {"level": "WARNING"},
        "uvicorn": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},  # its INFO lines carry whole addresses
    },
}
