"""Where a provider is, and with which key: read anew for each call, and held to what is safe."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from mlsig.errors import ProviderError, ProviderRefused
from mlsig.providers.declared import Provider


def key_of(provider: Provider) -> str | None:
    """Read the provider's key from the environment; None when it declares none.

    Raises:
        ProviderRefused: The variable is not set, or holds what cannot be a key.
    """
    if provider.key is None:
        return None
    key = provider.key.read()
    if not key:
        raise ProviderRefused(provider.name, f"no key: set the environment variable {provider.key.name}")
    if not (key.isascii() and key.isprintable() and " " not in key):
        problem = f"the environment variable {provider.key.name} holds characters that no key has"
        raise ProviderRefused(provider.name, f"{problem}, such as a blank or a line break")
    return key


def check_address(provider: Provider, url: str, *, has_key: bool) -> None:
    """Refuse an address that is none, or that a key must not be sent to.

    Raises:
        ProviderRefused: A key would travel in the clear, or the address holds a password.
        ProviderError: It is no address.
    """
    _check(provider.name, url, has_key)


@lru_cache(maxsize=256)
def _check(name: str, url: str, has_key: bool) -> None:
    """Look at an address once: what is refused is not kept, and is refused again."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ProviderError(name, f"the address {shown(url)} is not an http or https URL")
    if parts.username or parts.password:
        raise ProviderRefused(name, "the address holds a user name or password: declare a key instead")
    if has_key and parts.scheme != "https" and not is_loopback(parts.hostname):
        raise ProviderRefused(
            name, f"a key is sent over https or to this machine only, and {shown(url)} is neither"
        )


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine, by its name or number."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def shown(url: str) -> str:
    """Return scheme, host, port and path: a user, a password or a query may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
