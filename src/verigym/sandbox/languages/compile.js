// What comes before a run of JavaScript or TypeScript: `node --experimental-vm-modules compile.js FILE`.
//
// TypeScript becomes JavaScript the way Node does it: types are stripped and not checked. Then the
// source is parsed and not run: as CommonJS, or else as a module, which Node is told by a package.json
// (Node before 20.19 does not find out by itself). Syntax errors are printed, and make it fail.
"use strict";
const fs = require("fs");
const path = require("path");
const node = require("module");
const vm = require("vm");

const FOLDERS = ["/usr/lib/node_modules", "/usr/local/lib/node_modules", "/usr/share/nodejs"];
const OF_MODULES = /import statement|import\.meta|token 'export'|await is only valid|reserved word/;

function fail(words) {
  process.stderr.write(words + "\n");
  process.exit(1);
}

function loadTypescript() {
  const fromPath = (process.env.NODE_PATH || "").split(path.delimiter).filter(Boolean);
  const folders = [...fromPath, ...FOLDERS].map((folder) => path.join(folder, "typescript"));
  const found = folders.find((folder) => fs.existsSync(folder));
  const typescript = found && require(found);
  if (typescript && typescript.transpileModule) return typescript;
  if (node.stripTypeScriptTypes) return null; // Node 22.13 and later can do it
  return fail(`no package typescript in ${FOLDERS.join(", ")}, and Node ${process.version} cannot strip types`);
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

// The error of a source that is no CommonJS, or null.
function commonError(source) {
  try {
    vm.compileFunction(source.replace(/^#!.*/, ""), ["exports", "require", "module", "__filename", "__dirname"], {
      filename: "main.js",
    });
    return null;
  } catch (error) {
    return error;
  }
}

function moduleError(source) {
  try {
    new vm.SourceTextModule(source, { identifier: "main.js" });
    return null;
  } catch (error) {
    return error;
  }
}

function check(source) {
  const common = commonError(source);
  if (common === null) return;
  const module = moduleError(source);
  if (module === null) {
    fs.writeFileSync("package.json", '{"type": "module"}');
  } else {
    const told = (OF_MODULES.test(common.message) ? module : common).stack.split("\n    at ")[0];
    fail(told.startsWith("main.js") ? told : `main.js: ${told}`); // of a module Node does not say where
  }
}

const name = process.argv[2];
if (name === "--version") {
  const ts = loadTypescript();
  console.log(ts ? `TypeScript ${ts.version}, Node ${process.version}` : `Node ${process.version}`);
} else {
  let source = fs.readFileSync(name, "utf8");
  if (name.endsWith(".ts")) {
    const ts = loadTypescript();
    source = ts ? withTypescript(ts, source) : withNode(source);
    fs.writeFileSync("main.js", source);
  }
  check(source);
}
