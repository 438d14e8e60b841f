"""Django's settings; what differs between deployments comes from `env.py` alone."""

from helpdesk import env, logging
from helpdesk.env import LOOPBACK, ROOT

environment = env.read()

MODE = environment.helpdesk_mode.value
IS_DEMO = environment.is_demo
SECRET_KEY = environment.secret_key.get_secret_value()
DEBUG = environment.debug
ALLOWED_HOSTS = [*environment.allowed_hosts, *(LOOPBACK if IS_DEMO else ())]
HOST, PORT = environment.host, environment.port
CAMPUS_FILE = environment.campus_file

INSTALLED_APPS = [
    "daphne",
    "helpdesk.apps.HelpdeskConfig",
    "chat",
    "tickets",
    "knowledge",
    "accounts",
    "backplane",
    "channels",
    "django_htmx",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "django_otp",
    "accounts.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.http.return_after_sign_in",
]

LOGGING = logging.CONFIGURATION

ROOT_URLCONF = "helpdesk.urls"
ASGI_APPLICATION = "helpdesk.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.campus",
                "accounts.context.page",
                "chat.context.side_list",
            ],
        },
    },
]

DATABASES = {"default": environment.database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES: dict[str, dict[str, object]]
if environment.redis_url:
    REDIS_URL = environment.redis_url.get_secret_value()
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "helpdesk",
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}]},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "helpdesk_cache",
            "OPTIONS": {"MAX_ENTRIES": 200_000, "CULL_FREQUENCY": 10},
        }
    }
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
CHANNEL_LAYER_CROSSES_PROCESSES = environment.redis_url is not None

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "chat:new"
LOGOUT_REDIRECT_URL = "knowledge:home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 3
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": False}
ACCOUNT_LOGIN_TIMEOUT = 60 * 60  # with every code sent again
# A campus is often one address for 5,000 people, who all come in the first minutes of a lecture;
# what keeps strangers out is strict for each typed address here, and for each session above.
ACCOUNT_RATE_LIMITS = {"request_login_code": "1000/m/ip,3/m/key,12/h/key"}
ACCOUNT_EMAIL_VERIFICATION = "none"  # the code is the proof, and it comes at every sign-in
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if environment.uses_https else "http"

ALLAUTH_TRUSTED_PROXY_COUNT = environment.trusted_proxies
IS_BEHIND_PROXY = environment.trusted_proxies > 0

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = environment.uses_https
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = environment.uses_https
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if environment.uses_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = environment.uses_https
CSRF_FAILURE_VIEW = "accounts.http.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
}

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "staticfiles"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = environment.campus_time_zone

DEFAULT_FROM_EMAIL = environment.default_from_email
MAILERS = {"default": environment.mailer}

OPENAI_BASE_URL = environment.openai_base_url
OPENAI_API_KEY = environment.openai_api_key.get_secret_value() if environment.openai_api_key else ""
OPENAI_MODEL = environment.openai_model
CONNECT_DEADLINE_S = environment.connect_deadline_s
FIRST_CONTENT_DEADLINE_S = environment.first_content_deadline_s
IDLE_DEADLINE_S = environment.idle_deadline_s
ANSWER_DEADLINE_S = environment.answer_deadline_s
DRAIN_DEADLINE_S = environment.drain_deadline_s
QUESTIONS_PER_MINUTE = environment.questions_per_minute
QUESTION_MAX_CHARS = environment.question_max_chars
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # the address is unique by a constraint on its lower case
