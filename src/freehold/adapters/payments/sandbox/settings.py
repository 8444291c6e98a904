"""What the wiring has to say about the sandbox account."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """`webhook_secrets`: the current one, and the previous one while it is being replaced."""

    base_url: str
    api_key: str
    webhook_secrets: tuple[str, ...]
    account: str = "acct_sandbox"
    livemode: bool = False
    connect_timeout_s: float = 2.0
    read_timeout_s: float = 10.0
    signature_age_s: int = 300  # how old a signature may be
    signature_lead_s: int = 60  # how far its clock may be ahead of ours

    def __post_init__(self) -> None:
        if not self.webhook_secrets or not all(self.webhook_secrets):
            raise ValueError("webhook_secrets must not be empty: anybody could sign with an empty secret")
        if len(self.webhook_secrets) > 2:
            raise ValueError("webhook_secrets: at most two, the current and the previous")
        if not self.api_key:
            raise ValueError("api_key must not be empty")
