"""The one base of every error that a pure rule raises.

A rule knows neither HTTP nor forms: it names what is wrong by `code` (stable, for programs) and `detail`
(plain words, for people). The rooms above turn that into an answer.
"""


class DomainError(ValueError):
    """A rule refused its input. `code` is stable, `detail` may be shown to a person."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
