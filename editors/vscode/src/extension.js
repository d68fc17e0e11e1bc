// Starts `mlsig lsp` and hands the editor's questions to it.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

/** The mlsig to start: what is configured, that of the workspace's environment, or that on PATH. */
function command() {
  const configured = vscode.workspace.getConfiguration("mlsig").get("command");
  // A workspace that is not trusted may not say what is run, nor bring it along.
  if (vscode.workspace.isTrusted) {
    if (configured && configured.length > 0) {
      return configured;
    }
    const script = process.platform === "win32" ? ["Scripts", "mlsig.exe"] : ["bin", "mlsig"];
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const found = path.join(folder.uri.fsPath, ".venv", ...script);
      if (fs.existsSync(found)) {
        return [found, "lsp"];
      }
    }
  }
  return ["mlsig", "lsp"];
}

async function start() {
  const [program, ...args] = command();
  client = new LanguageClient(
    "mlsig",
    "mlsig",
    { command: program, args },
    { documentSelector: [{ language: "mlsig" }] },
  );
  try {
    await client.start();
  } catch (error) {
    vscode.window.showErrorMessage(
      `mlsig: ${error.message ?? error}. Install it with: pip install "mlsig[lsp]"`,
    );
  }
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("mlsig.restart", async () => {
      await deactivate();
      await start();
    }),
  );
  await start();
}

async function deactivate() {
  const stopping = client;
  client = undefined;
  if (stopping?.isRunning()) {
    await stopping.stop();
  }
}

module.exports = { activate, deactivate };
