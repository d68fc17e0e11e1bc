"""`mlsig completion`: print a script that completes the words of `mlsig` in a shell.

eval "$(mlsig completion bash)"         # in ~/.bashrc
eval "$(mlsig completion zsh)"          # in ~/.zshrc, after compinit
mlsig completion fish > ~/.config/fish/completions/mlsig.fish
"""

from __future__ import annotations

import argparse
import sys
from typing import Final

from mlsig_compiler.cli import OK, VERBS, load
from mlsig_compiler.completing import SHELLS, Option, Verb, script

EPILOG: Final = """\
bash: put  eval "$(mlsig completion bash)"  into ~/.bashrc
zsh:  put  eval "$(mlsig completion zsh)"  into ~/.zshrc, after compinit
fish: mlsig completion fish > ~/.config/fish/completions/mlsig.fish
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("shell", choices=list(SHELLS), help="which shell")


def run(options: argparse.Namespace) -> int:
    """Print the script, and return the exit code."""
    sys.stdout.write(script(options.shell, [_verb(name, summary) for name, summary in VERBS.items()]))
    return OK


def _verb(name: str, summary: str) -> Verb:
    """Return what is known of a verb from the options that it declares."""
    parser = argparse.ArgumentParser(prog=f"mlsig {name}")
    load(name).arguments(parser)
    options: list[Option] = []
    words: tuple[str, ...] = ()
    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]  (there is no other way)
        choices = tuple(str(choice) for choice in action.choices or ())
        if not action.option_strings:
            words = words or choices
        elif action.help != argparse.SUPPRESS:
            said = " ".join((action.help or "").replace("%%", "%").split())
            options.append(Option(tuple(action.option_strings), said, action.nargs != 0, choices))
    return Verb(name, summary, tuple(options), words)
