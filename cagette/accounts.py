"""How people sign up and sign in: allauth's rules, adapted where Cagette differs."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in is by e-mail and a code sent there."""
