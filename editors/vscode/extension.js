// Starts `asmrv32 lsp` for Python files, and runs a function where its code lens is chosen.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function settings() {
  const found = vscode.workspace.getConfiguration("asmrv32");
  return { inlayHints: found.get("inlayHints"), codeLenses: found.get("codeLenses") };
}

// The command with the folder put in; only a trusted workspace may name another program.
function command() {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ".";
  const words = vscode.workspace.getConfiguration("asmrv32").get("command");
  return words.map((word) => word.replaceAll("${workspaceFolder}", folder));
}

async function start() {
  const [program, ...args] = command();
  client = new LanguageClient(
    "asmrv32",
    "asm_rv32",
    { command: program, args },
    {
      documentSelector: [{ language: "python" }],
      initializationOptions: settings(),
    },
  );
  try {
    await client.start();
  } catch (error) {
    vscode.window.showErrorMessage(
      `asm_rv32: ${program} does not start (${error.message}). ` +
        `Install asm_rv32 and pygls, or name it in asmrv32.command.`,
    );
  }
}

// A call is asked for, as the function's arguments are not known; a terminal shows what comes.
async function run(path, form) {
  const call = await vscode.window.showInputBox({ prompt: "Call to run", value: form });
  if (!call) {
    return;
  }
  const [program] = command();
  const execution = new vscode.ProcessExecution(program, ["run", path, call]);
  const task = new vscode.Task({ type: "asmrv32" }, vscode.TaskScope.Workspace, call, "asmrv32", execution);
  await vscode.tasks.executeTask(task);
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("asmrv32.run", run),
    vscode.commands.registerCommand("asmrv32.restart", async () => {
      await client?.stop().catch(() => {});
      await start();
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("asmrv32")) {
        client?.sendNotification("workspace/didChangeConfiguration", { settings: settings() });
      }
    }),
  );
  await start();
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
