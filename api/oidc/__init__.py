"""Single sign-on: log in at an OpenID Connect provider, by authorization code with PKCE."""
