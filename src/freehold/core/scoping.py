"""Tenancy at the root: a query that does not say on whose behalf it runs raises.

    Booking.objects.company(company_id)   # staff of one company
    Booking.objects.guest(user)           # the person's own rows
    Listing.objects.published()           # what anybody may see
    Booking.objects.system("sweeper")     # everything; forbidden in api and web

A model says what the scopes mean for it with one `scope = Scope(...)`. Managers reached through a parent
(`booking.items`) are in scope by that parent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q

M = TypeVar("M", bound=models.Model)


class UnscopedQuery(RuntimeError):
    """A tenant model was queried without one of the four scopes."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What each scope filters by: look-up paths of the company's and the person's id, and what is public."""

    company: str | None = None
    guest: str | None = None
    published: Q | None = None


class ScopedQuerySet(models.QuerySet[M]):
    """A queryset that refuses to be evaluated before a scope was chosen."""

    _scope_name: str | None = None

    def company(self, company_id: UUID | str) -> Self:
        path = self._declared().company
        if path is None:
            raise UnscopedQuery(f"{self.model.__name__} does not offer the company scope.")
        return self._in_scope("company").filter(**{path: company_id})

    def guest(self, user: Any) -> Self:
        path = self._declared().guest
        if path is None:
            raise UnscopedQuery(f"{self.model.__name__} does not offer the guest scope.")
        if user is None or user.pk is None:
            return self._in_scope("guest").none()
        return self._in_scope("guest").filter(**{path: user.pk})

    def published(self) -> Self:
        condition = self._declared().published
        if condition is None:
            raise UnscopedQuery(f"{self.model.__name__} does not offer the published scope.")
        return self._in_scope("published").filter(condition)

    def system(self, reason: str) -> Self:
        if not reason:
            raise UnscopedQuery("The system scope needs a reason.")
        return self._in_scope(f"system: {reason}")

    def _declared(self) -> Scope:
        scope = getattr(self.model, "scope", None)
        if not isinstance(scope, Scope):
            raise UnscopedQuery(f"{self.model.__name__} declares no scope.")
        return scope

    def _in_scope(self, name: str) -> Self:
        scoped = self._chain()
        scoped._scope_name = name
        return scoped

    def _require_scope(self) -> None:
        if self._scope_name is None:
            raise UnscopedQuery(
                f"{self.model.__name__}: choose .company(id), .guest(user), .published() or .system(reason)."
            )

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._scope_name = self._scope_name
        return clone  # type: ignore[no-any-return]

    # Every way in which a queryset reaches the database passes through one of these.
    def _fetch_all(self) -> None:
        self._require_scope()
        super()._fetch_all()  # type: ignore[misc]

    def iterator(self, chunk_size: int | None = None) -> Iterator[M]:
        self._require_scope()
        return super().iterator(chunk_size)

    def count(self) -> int:
        self._require_scope()
        return super().count()

    def exists(self) -> bool:
        self._require_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._require_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._require_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._require_scope()
        return super().delete()

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        self._require_scope()
        return super().resolve_expression(*args, **kwargs)  # type: ignore[misc]


class ScopedManager(models.Manager[M]):
    """The default manager of a tenant model. `create` and `bulk_create` need no scope: a row names its owner."""

    def get_queryset(self) -> ScopedQuerySet[M]:
        queryset: ScopedQuerySet[M] = ScopedQuerySet(self.model, using=self._db, hints=self._hints)  # type: ignore[attr-defined]
        if getattr(self, "instance", None) is not None:
            # A related manager: `booking.items` is as much in scope as `booking` itself.
            queryset._scope_name = "parent"
        return queryset

    def company(self, company_id: UUID | str) -> ScopedQuerySet[M]:
        return self.get_queryset().company(company_id)

    def guest(self, user: Any) -> ScopedQuerySet[M]:
        return self.get_queryset().guest(user)

    def published(self) -> ScopedQuerySet[M]:
        return self.get_queryset().published()

    def system(self, reason: str) -> ScopedQuerySet[M]:
        return self.get_queryset().system(reason)
