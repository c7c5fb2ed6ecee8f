"""An issuer made of Debian's python3-django-oauth-toolkit, for the tests of docs/connect.md: one person with a
password, who signs in and agrees on its own pages. It listens on a port of loopback that the first line of standard
output names and keeps its data in FOLDER. A line on standard input ends every grant, as an administrator does; it
ends with standard input.

    python3 django-issuer.py FOLDER CLIENT-SECRET
"""
import os
import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from jwcrypto import jwk

folder, secret = sys.argv[1:]
key = jwk.JWK.generate(kty="RSA", size=2048).export_to_pem(private_key=True, password=None).decode()


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


settings.configure(
    SECRET_KEY="a secret of this test",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(folder, "db")}},
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"],
            "loaders": [
                ("django.template.loaders.locmem.Loader", {
                    "registration/login.html": '<main><form method="post" action="/login">{% csrf_token %}{{ form.as_p }}'
                    '<input type="hidden" name="next" value="{{ next }}"></form></main>',
                }),
                "django.template.loaders.app_directories.Loader",
            ],
        },
    }],
    LOGIN_URL="/login",
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": key,
        "PKCE_REQUIRED": True,
        "SCOPES": {"openid": "sign you in", "profile": "your username"},
        "OAUTH2_VALIDATOR_CLASS": __name__ + ".Validator",
    },
)
del settings.TEMPLATES[0]["APP_DIRS"]  # loaders are named
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import AccessToken, Application, RefreshToken  # noqa: E402
from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: E402
from oauth2_provider.views import ConnectDiscoveryInfoView  # noqa: E402


class Validator(OAuth2Validator):
    def get_additional_claims(self, request):
        return {"preferred_username": request.user.username}


urlpatterns = [
    # OpenID Connect Discovery has no slash at the end of the metadata's address; the toolkit's own route has one.
    path("o/.well-known/openid-configuration", ConnectDiscoveryInfoView.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("login", LoginView.as_view()),
]

sys.modules["__main__"].urlpatterns = urlpatterns
call_command("migrate", verbosity=0)
User.objects.create_user("wangfang", password="any-of-this-test")
Application.objects.create(
    name="Realname", client_id="realname", client_secret=secret, client_type="confidential",
    authorization_grant_type="authorization-code", algorithm="RS256",
    redirect_uris="http://127.0.0.1/callback http://[::1]/callback",
)
server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}/o", flush=True)
for _ in sys.stdin:
    RefreshToken.objects.all().delete()
    AccessToken.objects.all().delete()
    print("ended", flush=True)
