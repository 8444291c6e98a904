"""Tenancy at the root: a query that does not say on whose behalf it runs raises.

    Booking.objects.company(company_id)   # staff of one company
    Booking.objects.guest(user)           # the person's own rows
    Listing.objects.published()           # what anybody may see
    Booking.objects.system("sweeper")     # everything; forbidden in api and web

A model says what the scopes mean for it with one `scope = Scope(...)`. Managers reached through a parent
(`booking.items`) are in scope by that parent.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q, sql

M = TypeVar("M", bound=models.Model)


_INNER = "inner"
_building_inner: ContextVar[bool] = ContextVar("building_inner", default=False)


class UnscopedQuery(RuntimeError):
    """A tenant model was queried without one of the four scopes."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What each scope filters by: look-up paths of the company's and the person's id, and what is public."""

    company: str | None = None
    guest: str | None = None
    published: Q | None = None


class ScopedQuery(sql.Query):
    """The SQL behind a scoped queryset. Every way to the database compiles it, so the guard stands here.

    That includes what no queryset method sees: sub-queries, `Exists`, prefetches, unions and EXPLAIN.
    """

    scope_name: str | None

    def __init__(self, model: type[models.Model] | None, alias_cols: bool = True) -> None:
        super().__init__(model, alias_cols)
        self.scope_name = _INNER if _building_inner.get() else None

    def require_scope(self) -> None:
        if self.scope_name is None:
            name = self.model.__name__ if self.model else "A model"
            raise UnscopedQuery(f"{name}: choose .company(id), .guest(user), .published() or .system(reason).")

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        self.require_scope()
        return super().get_compiler(*args, **kwargs)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        self.require_scope()
        return super().resolve_expression(*args, **kwargs)

    def combine(self, rhs: sql.Query, connector: str) -> None:
        # `mine | all`: either side may widen the other, so both must be in scope.
        for side in (self, rhs):
            if isinstance(side, ScopedQuery):
                side.require_scope()
        super().combine(rhs, connector)

    def split_exclude(self, *args: Any, **kwargs: Any) -> Any:
        # `exclude()` over a to-many relation builds a query of this class on the same model. It is reachable only
        # from inside this one, whose scope holds for it.
        token = _building_inner.set(True)
        try:
            return super().split_exclude(*args, **kwargs)
        finally:
            _building_inner.reset(token)


class ScopedQuerySet(models.QuerySet[M]):
    """A queryset that refuses to reach the database before a scope was chosen."""

    def __init__(self, model: type[M] | None = None, query: sql.Query | None = None, **options: Any) -> None:
        super().__init__(model, query or ScopedQuery(model), **options)

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
        scoped: Self = self._chain()  # type: ignore[attr-defined]
        scoped.query.scope_name = name  # type: ignore[attr-defined]
        return scoped

    # These compile queries of other classes, made from this one.

    def update(self, **kwargs: Any) -> int:
        self._require_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._require_scope()
        return super().delete()

    def _raw_delete(self, using: str | None) -> int:
        self._require_scope()
        return super()._raw_delete(using)

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        raise UnscopedQuery(f"{self.model.__name__}: plain SQL goes through a cursor, where everyone can see it.")

    def _require_scope(self) -> None:
        self.query.require_scope()  # type: ignore[attr-defined]


class ScopedManager(models.Manager[M]):
    """The default manager of a tenant model. `create` and `bulk_create` need no scope: a row names its owner."""

    def get_queryset(self) -> ScopedQuerySet[M]:
        queryset: ScopedQuerySet[M] = ScopedQuerySet(self.model, using=self._db, hints=self._hints)  # type: ignore[attr-defined]
        if getattr(self, "instance", None) is not None:
            # A related manager: `booking.items` is as much in scope as `booking` itself.
            queryset = queryset._in_scope("parent")
        return queryset

    def company(self, company_id: UUID | str) -> ScopedQuerySet[M]:
        return self.get_queryset().company(company_id)

    def guest(self, user: Any) -> ScopedQuerySet[M]:
        return self.get_queryset().guest(user)

    def published(self) -> ScopedQuerySet[M]:
        return self.get_queryset().published()

    def system(self, reason: str) -> ScopedQuerySet[M]:
        return self.get_queryset().system(reason)
