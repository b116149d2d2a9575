// TypeScript to JavaScript, the way Node reads it: types are stripped and not checked.
// Syntax errors are printed, and make it fail. Needs the `typescript` package, or a Node that strips types.
"use strict";
const fs = require("fs");
const path = require("path");
const node = require("module");

const FOLDERS = ["/usr/lib/node_modules", "/usr/local/lib/node_modules", "/usr/share/nodejs"];

function loadTypescript() {
  const fromPath = (process.env.NODE_PATH || "").split(path.delimiter).filter(Boolean);
  const folders = [...fromPath, ...FOLDERS].map((folder) => path.join(folder, "typescript"));
  const found = folders.find((folder) => fs.existsSync(folder));
  const typescript = found && require(found);
  return typescript && typescript.transpileModule ? typescript : null;
}

function fail(words) {
  process.stderr.write(words + "\n");
  process.exit(1);
}

// An await outside of functions needs a module; everything else is CommonJS, which knows `require` too.
function awaits(ts, part) {
  if (ts.isFunctionLike(part)) return false;
  if (ts.isAwaitExpression(part) || (ts.isForOfStatement(part) && part.awaitModifier)) return true;
  return Boolean(ts.forEachChild(part, (inner) => awaits(ts, inner)));
}

function withTypescript(ts, source) {
  const target = ts.ScriptTarget.ES2022;
  const tree = ts.createSourceFile("main.ts", source, target);
  const module = awaits(ts, tree) ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS;
  const compilerOptions = { target, module, esModuleInterop: true };
  const done = ts.transpileModule(source, { fileName: "main.ts", reportDiagnostics: true, compilerOptions });
  if (done.diagnostics.length) {
    const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => "", getNewLine: () => "\n" };
    fail(ts.formatDiagnostics(done.diagnostics, host).trimEnd());
  }
  return done.outputText;
}

function withNode(source) {
  try {
    return node.stripTypeScriptTypes(source, { mode: "transform" });
  } catch (error) {
    return fail(`main.ts: ${error.message}`);
  }
}

const ts = loadTypescript();
if (!ts && !node.stripTypeScriptTypes) {
  fail(`no package typescript in ${FOLDERS.join(", ")}, and Node ${process.version} cannot strip types itself`);
}
if (process.argv[2] === "--version") {
  console.log(ts ? `TypeScript ${ts.version}, Node ${process.version}` : `Node ${process.version}`);
} else {
  const source = fs.readFileSync("main.ts", "utf8");
  fs.writeFileSync("main.js", ts ? withTypescript(ts, source) : withNode(source));
}
