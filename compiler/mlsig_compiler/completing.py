"""Shell scripts that complete the words of `mlsig`, for bash, zsh and fish.

    script("bash", [Verb("check", "report mistakes", (Option(("--fix",), "mend what can be mended"),))])

Everything is known beforehand, so that completing a word starts no Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple


class Option(NamedTuple):
    """An option: how it is written, what it does, whether a value follows, and which ones there are."""

    names: tuple[str, ...]
    help: str
    takes: bool = False
    choices: tuple[str, ...] = ()


class Verb(NamedTuple):
    """A verb; `choices` are the words that may follow it, where these are no files."""

    name: str
    help: str
    options: tuple[Option, ...]
    choices: tuple[str, ...] = ()


def script(shell: str, verbs: Sequence[Verb]) -> str:
    """Return the script for a shell."""
    return SHELLS[shell](verbs)


def _bash(verbs: Sequence[Verb]) -> str:
    names = " ".join(verb.name for verb in verbs)
    values: list[str] = []
    words: list[str] = []
    for verb in verbs:
        for option in verb.options:
            for name in option.names if option.takes else ():
                said = f'words="{" ".join(option.choices)}"' if option.choices else "return"
                values.append(f'    "{verb.name} {name}") {said} ;;')
        every = [name for option in verb.options for name in option.names]
        words.append(f'    {verb.name}) words="{" ".join((*every, *verb.choices))}" ;;')
    lines = "\n".join
    return f"""\
# Completes the words of mlsig in bash:  eval "$(mlsig completion bash)"
_mlsig() {{
  local word words="" verb="" cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}"
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    if [[ $word != -* ]]; then verb=$word; break; fi
  done
  case "$verb" in
    "") words="--help --version {names}" ;;
{lines(words)}
  esac
  case "$verb $prev" in
{lines(values)}
    *)
      if [[ $cur != -* ]]; then words=$(for word in $words; do [[ $word == -* ]] || echo "$word"; done); fi
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o default -F _mlsig mlsig
"""


def _zsh(verbs: Sequence[Verb]) -> str:
    described = "\n".join(f"    {_quoted(f'{verb.name}:{verb.help}')}" for verb in verbs)
    ways: list[str] = []
    for verb in verbs:
        specs = [_spec(name, option) for option in verb.options for name in option.names]
        rest = f"'*:word:({' '.join(verb.choices)})'" if verb.choices else "'*:file:_files'"
        ways.append(f"    {verb.name}) _arguments {' '.join([*specs, rest])} ;;")
    joined = "\n".join(ways)
    return f"""\
#compdef mlsig
# Completes the words of mlsig in zsh:  eval "$(mlsig completion zsh)"
_mlsig() {{
  local -a verbs=(
{described}
  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
{joined}
  esac
}}
if [[ $funcstack[1] == _mlsig ]]; then _mlsig "$@"; else compdef _mlsig mlsig; fi
"""


def _spec(name: str, option: Option) -> str:
    """Return what `_arguments` is told of an option."""
    said = option.help
    for special in "\\[]:":
        said = said.replace(special, f"\\{special}")
    value = f":value:({' '.join(option.choices)})" if option.choices else ":value:_files"
    return _quoted(f"{name}[{said}]{value if option.takes else ''}")


def _fish(verbs: Sequence[Verb]) -> str:
    lines = ["# Completes the words of mlsig in fish:  mlsig completion fish | source"]
    lines += [
        f"complete -c mlsig -n __fish_use_subcommand -f -a {verb.name} -d {_quoted(verb.help, fish=True)}"
        for verb in verbs
    ]
    for verb in verbs:
        start = f"complete -c mlsig -n '__fish_seen_subcommand_from {verb.name}'"
        if verb.choices:
            lines.append(f"{start} -f -a '{' '.join(verb.choices)}'")
        for option in verb.options:
            names = " ".join(
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names
            )
            value = (
                f" -x -a '{' '.join(option.choices)}'" if option.choices else " -r" if option.takes else ""
            )
            lines.append(f"{start} {names}{value} -d {_quoted(option.help, fish=True)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str, *, fish: bool = False) -> str:
    """Return a text in single quotes."""
    if fish:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return "'" + text.replace("'", "'\\''") + "'"


SHELLS: Final[Mapping[str, Callable[[Sequence[Verb]], str]]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
