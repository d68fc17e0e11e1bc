"""Pieces that several examples share."""

from __future__ import annotations

from typing import Final

PROVIDER: Final = 'provider p { protocol: openai  base_url: "http://h/v1"  model "m" {} }'
SIGNATURE: Final = "signature S { input q: str  output a: str }"
SPACE: Final = "space T { var provider: provider(p)  var model: model(provider) }"
BASE: Final = f"{SIGNATURE}\n{PROVIDER}\n"
