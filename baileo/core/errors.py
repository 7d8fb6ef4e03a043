"""Errors raised on purpose. Everything else that escapes is a bug.

Each says what happened, to which thing, and what to do next. `docs/errors.md` lists the codes.
"""

from typing import ClassVar


class BaileoError(Exception):
    """Raised on purpose. `str(error)` is fit for an operator: what happened, to which thing,
    what to do next. Never secrets, payloads or personal data: the log keeps it.
    """

    code: ClassVar[str] = "baileo-error"  # stable: API clients and docs/errors.md rely on it
    http_status: ClassVar[int] = 400


class InvalidInput(BaileoError):
    """A value given by a person or a caller is not usable; the message names the field."""

    code = "invalid-input"
    http_status = 422


class NotFound(BaileoError):
    """The named thing does not exist, or this asker may not know that it does."""

    code = "not-found"
    http_status = 404


class StaleVersion(BaileoError):
    """Somebody else wrote between this person's reading and writing. Nothing was saved."""

    code = "stale-version"
    http_status = 409

    def __init__(self, subject: str, seen: int, now: int) -> None:
        self.subject, self.seen, self.now = subject, seen, now
        super().__init__(
            f"{subject} was changed while you had it open (you saw version {seen}, "
            f"it is now {now}). Nothing was saved. Reload it, check the change, then try again."
        )


class TransitionNotAllowed(BaileoError):
    """The thing is in a state from which this step cannot be taken."""

    code = "transition-not-allowed"
    http_status = 409


class PermissionRefused(BaileoError):
    """The person is known but may not do this."""

    code = "permission-refused"
    http_status = 403


class PayloadRejected(BaileoError):
    """Foreign data does not have the shape its sender promised. It is kept, marked rejected."""

    code = "payload-rejected"
    http_status = 400


class SignatureRefused(BaileoError):
    """A webhook call does not prove that it comes from the provider. Nothing is stored."""

    code = "signature-refused"
    http_status = 403


class TooLarge(BaileoError):
    """A body, file or reply passes the limit named in the message."""

    code = "too-large"
    http_status = 413


class TooMany(BaileoError):
    """This address or account asks too often. `retry_after_s` says when to come back."""

    code = "too-many"
    http_status = 429

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class SettingsRefused(BaileoError):
    """A setting is missing or nonsense. The message names the variable, never a secret value."""

    code = "settings-refused"
    http_status = 500


class NetworkRefused(BaileoError):
    """We refuse to call this address: it is private, or not http(s), or a redirect went astray."""

    code = "network-refused"
    http_status = 502


class NetworkFailed(BaileoError):
    """The other side did not answer properly.

    `maybe_sent` is True when the request may have arrived although no answer came back: sending
    it again may do the thing twice.
    """

    code = "network-failed"
    http_status = 502

    def __init__(self, message: str, *, maybe_sent: bool) -> None:
        self.maybe_sent = maybe_sent
        super().__init__(message)


class DeliveryFailed(BaileoError):
    """A channel could not hand a message to its provider.

    `permanent`: trying again cannot help. `retry_after_s`: how long the provider asks us to wait.
    `provider_code` and `provider_words` are the provider's own, shown to the officer.
    """

    code = "delivery-failed"
    http_status = 502

    def __init__(
        self,
        message: str,
        *,
        permanent: bool,
        retry_after_s: float | None = None,
        provider_code: str = "",
        provider_words: str = "",
    ) -> None:
        self.permanent = permanent
        self.retry_after_s = retry_after_s
        self.provider_code = provider_code
        self.provider_words = provider_words
        super().__init__(message)
