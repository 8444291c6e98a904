"""Reading accounts."""

from allauth.account.models import EmailAddress

from freehold.accounts.models import User


def is_email_verified(*, user: User) -> bool:
    return bool(user.email) and EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()


def demo_user_exists() -> bool:
    """Whether an account with a published password is in the database."""
    return User.objects.filter(is_demo=True).exists()
