// Compiles the texts in messages/ to typed functions, and fails when a language lacks one or names other values in it.
// Runs before build, check, test and lint; does nothing when the texts have not changed.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { compile } from "@inlang/paraglide-js";

const outdir = "./src/lib/paraglide";
const languages = ["en", "es"];

function names(text) {
  return [...new Set(JSON.stringify(text).match(/\{(\w+)\}/g) ?? [])].sort().join(" ");
}

const sources = languages.map((language) => readFileSync(`./messages/${language}.json`, "utf8"));
const [base, ...others] = sources.map((source) => JSON.parse(source));
const faults = [];
others.forEach((other, at) => {
  const language = languages[at + 1];
  for (const key of Object.keys(base)) {
    if (!(key in other)) faults.push(`${language}: ${key} is missing`);
    else if (names(other[key]) !== names(base[key])) faults.push(`${language}: ${key} names other values`);
  }
  for (const key of Object.keys(other)) {
    if (!(key in base)) faults.push(`${languages[0]}: ${key} is missing`);
  }
});
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}

const settings = readFileSync("./project.inlang/settings.json", "utf8");
const compiler = readFileSync("./node_modules/@inlang/paraglide-js/package.json", "utf8");
const digest = createHash("sha256")
  .update([settings, compiler, ...sources].join("\0"))
  .digest("hex");
const stamp = `${outdir}/.stamp`;
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== digest) {
  await compile({
    project: "./project.inlang",
    outdir,
    strategy: ["globalVariable", "baseLocale"],
    emitTsDeclarations: true,
    isServer: "false",
    outputStructure: "locale-modules",
    disableAsyncLocalStorage: true,
    additionalFiles: {},
  });
  mkdirSync(outdir, { recursive: true });
  writeFileSync(stamp, digest);
}
// The compiler keeps a timer alive for half a minute.
process.exit(0);
