"""What Django looks up by name once it is set up: the provider's addresses, and what it says of a person."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView
from django.urls import include, path
from oauth2_provider import urls
from oauth2_provider.oauth2_validators import OAuth2Validator

urlpatterns = [
    path("login/", LoginView.as_view()),
    path("o/", include((urls.base_urlpatterns + urls.oidc_urlpatterns, "oauth2_provider"))),
]


class Validator(OAuth2Validator):
    """Says the user name and the name, as Keycloak does."""

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        """Give what stands in the ID token and in the answer of `userinfo`."""
        return {"preferred_username": request.user.username, "name": request.user.first_name}
