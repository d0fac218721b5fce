// Starts `asmrv32 lsp` for Python files, and runs a function where its code lens is chosen.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;
// One start after the other, so that no server is left behind.
let turn = Promise.resolve();

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
  await client.start().catch(() => complain(program));
}

// Why, is in the client's output. Nobody waits for an answer: another command is another start.
function complain(program) {
  const text =
    `asm_rv32: ${program} does not start. ` +
    `Install asm_rv32 and pygls, or name the program in asmrv32.command.`;
  vscode.window.showErrorMessage(text, "Settings").then((chosen) => {
    if (chosen) {
      vscode.commands.executeCommand("workbench.action.openSettings", "asmrv32.command");
    }
  });
}

function restart() {
  turn = turn.then(() => client?.stop().catch(() => {})).then(start);
  return turn;
}

// What was run last of each function, to be run again.
const calls = new Map();

// A call is asked for, as the function's arguments are not known; a terminal shows what comes of
// the file as the editor has it. `run` goes where the server's command says `lsp`.
async function run(path, form) {
  const name = `${path} ${form}`;
  const value = calls.get(name) ?? form;
  const call = await vscode.window.showInputBox({
    prompt: 'Call to run, as sum_words(array("i", [1, 20, 300]), 3)',
    value,
    valueSelection: [value.indexOf("(") + 1, value.lastIndexOf(")")],
  });
  if (!call) {
    return;
  }
  calls.set(name, call);
  await vscode.workspace.textDocuments.find((each) => each.uri.fsPath === path)?.save();
  const words = command();
  const [program, ...before] = words.includes("lsp") ? words.slice(0, words.indexOf("lsp")) : words;
  const execution = new vscode.ProcessExecution(program, [...before, "run", path, call]);
  const task = new vscode.Task({ type: "asmrv32" }, vscode.TaskScope.Workspace, call, "asmrv32", execution);
  await vscode.tasks.executeTask(task);
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("asmrv32.run", run),
    vscode.commands.registerCommand("asmrv32.restart", restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("asmrv32.command")) {
        restart();
      } else if (event.affectsConfiguration("asmrv32")) {
        client?.sendNotification("workspace/didChangeConfiguration", { settings: settings() });
      }
    }),
  );
  await restart();
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
