// A language that nobody speaks, with words as long as German ones, accents on them, and brackets that show where a text ends.
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const names = Object.keys(
  JSON.parse(readFileSync(join(import.meta.dirname, "../messages/en.json"), "utf8")) as Record<string, unknown>,
).filter((name) => !name.startsWith("$"));

/** How a text is said in it; runs in the page. Names, numbers and addresses in it stay as they are. */
function long(text: string): string {
  const accents: Record<string, string> = { a: "ä", e: "ë", i: "ï", o: "ö", u: "ü", A: "Ä", E: "Ë", O: "Ö", U: "Ü" };
  const words = text.replaceAll(/\p{L}{2,}/gu, (word) => {
    let more = Math.ceil(word.length * 0.4);
    return [...word]
      .map((letter) => {
        const accent = accents[letter];
        if (!accent) return letter;
        const times = more > 0 ? 1 + Math.min(2, more) : 1;
        more -= times - 1;
        return accent + accent.toLowerCase().repeat(times - 1);
      })
      .join("");
  });
  return text.trim() === "" ? text : `[${words}]`;
}

/** Has a built page speak it in place of English: each text as it is compiled, made longer when it is asked for. */
export function speakLong(dist: string): void {
  const assets = join(dist, "assets");
  const english = readdirSync(assets).find((file) => /^en-.*\.js$/u.test(file));
  if (!english) throw new Error("the page has no file of English texts");
  renameSync(join(assets, english), join(assets, `said-${english}`));
  const texts = names.map((name) => `export const ${name} = (inputs) => long(said.${name}(inputs));`);
  const lines = [`import * as said from "./said-${english}";`, `const long = ${long.toString()};`, ...texts];
  writeFileSync(join(assets, english), lines.join("\n"));
}
