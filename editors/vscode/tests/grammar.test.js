// The TextMate grammar, run by the engine that VS Code has, on tests/sample.mlsig: a comment line
// `#    ^^^ scope` says which scope the characters above the carets have.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const oniguruma = require("vscode-oniguruma");
const { INITIAL, Registry, parseRawGrammar } = require("vscode-textmate");

const file = path.join(__dirname, "..", "syntaxes", "mlsig.tmLanguage.json");
const wasm = fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer;

async function main() {
  await oniguruma.loadWASM(wasm);
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => parseRawGrammar(fs.readFileSync(file, "utf8"), file),
  });
  const grammar = await registry.loadGrammar("source.mlsig");
  const lines = fs.readFileSync(path.join(__dirname, "sample.mlsig"), "utf8").split("\n");
  let stack = INITIAL;
  let above = [];
  let checked = 0;
  const wrong = [];
  lines.forEach((line, number) => {
    const claim = /^#(\s*)(\^+)\s+(\S+)$/.exec(line);
    if (claim) {
      const at = 1 + claim[1].length;
      const token = above.find((each) => each.startIndex <= at && at < each.endIndex);
      checked += 1;
      if (!token?.scopes.some((scope) => scope.startsWith(claim[3]))) {
        wrong.push(`${number + 1}: ${claim[3]} is wanted, and found: ${token?.scopes.join(" ")}`);
      }
      return;
    }
    const found = grammar.tokenizeLine(line, stack);
    stack = found.ruleStack;
    above = found.tokens;
  });
  console.log(wrong.length ? wrong.join("\n") : `${checked} places have their colours`);
  process.exitCode = wrong.length || !checked ? 1 : 0;
}

main();
