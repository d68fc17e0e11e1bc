"""The parse tables of a grammar, computed by Lark."""

# Lark is typed loosely where its tables are.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import lark
from lark import grammar as symbols

from mlsig_compiler.parse.tables import Rule, Tables, Take


def tables(grammar: str, starts: Sequence[str]) -> Tables:
    """Return the tables of a grammar for its start rules."""
    made: Any = lark.Lark(grammar, parser="lalr", lexer="contextual", start=list(starts))
    table = made.parser.parser._parse_table
    order = {state: number for number, state in enumerate(_reached(table, starts))}
    rules: list[symbols.Rule] = list(dict.fromkeys(made.rules))
    numbers = {rule: number for number, rule in enumerate(rules)}
    origins = {str(rule.origin.name) for rule in rules}
    actions: list[dict[str, int]] = [{} for _ in order]
    gotos: list[dict[str, int]] = [{} for _ in order]
    for state in order:
        for symbol, (action, argument) in sorted(table.states[state].items(), key=itemgetter(0)):
            if str(action) == "Reduce":
                actions[order[state]][symbol] = ~numbers[argument]
            else:
                place = gotos if symbol in origins else actions
                place[order[state]][symbol] = order[argument]
    terminals: list[lark.lexer.TerminalDef] = [
        terminal for terminal in made.terminals if terminal.name not in made.ignore_tokens
    ]
    # the first that matches is taken: by priority, and then the one that says more
    terminals.sort(key=lambda each: (-each.priority, -len(each.pattern.value), each.name))
    return Tables(
        actions=actions,
        gotos=gotos,
        rules=[_rule(rule) for rule in rules],
        starts={name: order[table.start_states[name]] for name in starts},
        ends={name: order[table.end_states[name]] for name in starts},
        spellings={each.name: each.pattern.value for each in terminals if each.pattern.type == "str"},
        patterns={each.name: each.pattern.to_regexp() for each in terminals if each.pattern.type == "re"},
        kept=sorted({name for rule in rules for name in _kept(rule)}),
    )


def _reached(table: Any, starts: Sequence[str]) -> list[Any]:
    """Return the states in an order that is the same in every run: as they are reached."""
    found = dict.fromkeys(table.start_states[start] for start in starts)
    waiting = list(found)
    for state in waiting:
        for _, (action, argument) in sorted(table.states[state].items(), key=itemgetter(0)):
            if str(action) == "Shift" and argument not in found:
                found[argument] = None
                waiting.append(argument)
    return waiting


def _kept(rule: symbols.Rule) -> list[str]:
    """Return the terminals that a rule hands to the builder."""
    return [str(symbol.name) for symbol in rule.expansion if _is_kept_token(symbol)]


def _is_kept_token(symbol: symbols.Symbol) -> bool:
    return isinstance(symbol, symbols.Terminal) and not symbol.filter_out


def _rule(rule: symbols.Rule) -> Rule:
    absent: Sequence[bool] = rule.options.empty_indices or [False] * len(rule.expansion)
    expansion = iter(enumerate(rule.expansion))
    takes: list[Take] = []
    for missing in absent:
        if missing:
            takes.append(None)
            continue
        index, symbol = next(expansion)
        if not symbol.is_term:
            takes.append([index] if symbol.name.startswith("_") else index)
        elif _is_kept_token(symbol):
            takes.append(index)
    name = rule.alias or str(rule.origin.name)
    return Rule(
        origin=str(rule.origin.name),
        size=len(rule.expansion),
        name="" if name.startswith("_") else name,
        takes=takes,
        single=bool(rule.options.expand1 and not rule.alias),
    )
