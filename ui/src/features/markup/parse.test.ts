import { expect, test } from "vitest";
import { parse, type Block, type Inline } from "./parse";

/** A tree in few letters: `strong(a)`, `quote(p(a))`. */
const short = (text: string) => parse(text).map(shortBlock).join(" ");
const all = (children: readonly Inline[]) => children.map(shortInline).join("");
function shortInline(inline: Inline): string {
  if (inline.kind === "text") return inline.text.replaceAll("\n", "⏎");
  if (inline.kind === "break") return "⏎";
  if (inline.kind === "code") return `code(${inline.text})`;
  if (inline.kind === "link")
    return `link(${all(inline.children)}→${inline.url}${inline.host ? ` at ${inline.host}` : ""})`;
  if (inline.kind === "mention") return `mention(${inline.text})`;
  return `${inline.kind}(${all(inline.children)})`;
}
function shortBlock(block: Block): string {
  if (block.kind === "paragraph") return `p(${all(block.children)})`;
  if (block.kind === "code") return `code[${block.language}](${block.text})`;
  if (block.kind === "quote") return `quote(${block.children.map(shortBlock).join(" ")})`;
  if (block.kind === "list")
    return `list${block.start ?? ""}(${block.items.map((item) => item.map(shortBlock).join("")).join("; ")})`;
  return `table(${[block.head, ...block.rows].map((row) => row.map(all).join("|")).join("/")})`;
}

test.each([
  ["**a** *b* ~~c~~ `d` ||e||", "p(strong(a) em(b) del(c) code(d) spoiler(e))"],
  ["one\ntwo", "p(one⏎two)"],
  ["```js\nlet a;\n```", "code[js](let a;)"],
  ["> a\n> b", "quote(p(a⏎b))"],
  ["- a\n- b\n  - c", "list(p(a); p(b)list(p(c)))"],
  ["3. a\n4. b", "list3(p(a); p(b))"],
  ["- [x] a\n- [ ] b", "list(p(☑ a); p(☐ b))"],
  ["|a|b|\n|-|-|\n|1|**2**|", "table(a|b/1|strong(2))"],
  ["[a](https://x.test/y)", "p(link(a→https://x.test/y))"],
  [
    "https://x.test/a_b_c*d* and **https://y.test**",
    "p(link(https://x.test/a_b_c*d→https://x.test/a_b_c*d)* and strong(link(https://y.test→https://y.test)))",
  ],
  ["\\*not\\*", "p(*not*)"],
])("%j is understood", (text, tree) => {
  expect(short(text)).toBe(tree);
});

test.each([
  "# no heading",
  "a\n===",
  "---",
  "    indented",
  "<b>no</b> <img src=x onerror=alert(1)> <!-- no -->",
  "&lt;b&gt; &amp;",
  "![picture](https://x.test/a.png)",
  "[a](javascript:alert(1))",
  "[a](data:text/html,x)",
  "[a][b]",
  "[b]: https://x.test",
  "<https://x.test/>",
  "about ~5 or ~6 of them",
  "|| a || b",
  "2 * 3 * 4",
  "snake_case_name",
])("%j stays what was typed", (text) => {
  const words = parse(text).map((block) => (block.kind === "paragraph" ? all(block.children) : block.kind));
  expect(
    words
      .join("\n")
      .replaceAll("⏎", "\n")
      .replaceAll(/link\((.*?)→.*?\)/gu, "$1")
      .trim(),
  ).toBe(text.trim());
});

test("a text that looks like the address of another place tells where it leads", () => {
  expect(short("[https://bank.test](https://evil.test/x)")).toBe(
    "p(link(https://bank.test→https://evil.test/x at evil.test))",
  );
  expect(short("[bank.test](https://bank.test/login)")).toBe("p(link(bank.test→https://bank.test/login))");
  expect(short("[the bank](https://bank.test)")).toBe("p(link(the bank→https://bank.test))");
});

test("marks piled on a letter are cut", () => {
  const [block] = parse(`Z${"\u0351".repeat(200)}algo`);
  expect(block && shortBlock(block)).toBe(`p(Z${"\u0351".repeat(4)}algo)`);
});

const long = 10_000;
const hostile: Record<string, string> = {
  "one word": "a".repeat(long),
  stars: "*".repeat(long),
  "open stars": "*a ".repeat(long / 3),
  brackets: "[".repeat(long),
  "open links": "[a](".repeat(long / 4),
  ticks: Array.from({ length: 140 }, (_, at) => "`".repeat(at)).join(" "),
  quotes: ">".repeat(long),
  "spaced quotes": "> ".repeat(long / 2),
  "nested lists": Array.from({ length: 100 }, (_, at) => `${" ".repeat(at * 2)}- a`).join("\n"),
  "lists in a line": "- * + ".repeat(long / 6),
  "lists in quotes": "> - ".repeat(long / 4),
  tables: `${"|a".repeat(100)}\n${"|-".repeat(100)}\n${"|a".repeat(4_000)}`,
  underscores: "_a__b".repeat(long / 5),
  tildes: "~~a".repeat(long / 3),
  spoilers: "||a".repeat(long / 3),
  "a thousand emoji": "👩‍🚀".repeat(1_000),
  addresses: "https://x.test/ ".repeat(600),
  "half addresses": "https://".repeat(long / 8),
  overrides: "\u202E".repeat(long),
  lines: "- a\n".repeat(long / 4),
};

test.each(Object.keys(hostile))("%s take neither long nor deep", (name) => {
  const before = performance.now();
  const tree = parse(hostile[name] ?? "");
  // A page is drawn in far less; the machine of a test is slow.
  expect(performance.now() - before).toBeLessThan(1_000);
  const depth = (blocks: readonly Block[]): number =>
    Math.max(
      0,
      ...blocks.map((block) => {
        if (block.kind === "quote") return 1 + depth(block.children);
        return block.kind === "list" ? 1 + Math.max(0, ...block.items.map(depth)) : 1;
      }),
    );
  expect(depth(tree)).toBeLessThan(12);
});

test.each([
  ["hi @ana.", "p(hi mention(@ana).)"],
  [
    "**@ana** `@ana` https://x.test/@ana",
    "p(strong(mention(@ana)) code(@ana) link(https://x.test/@ana→https://x.test/@ana))",
  ],
  ["> @ana\n\n- @Luz", "quote(p(mention(@ana))) list(p(mention(@Luz)))"],
  // What the text as a whole does not call, a part of it does not either.
  ["_@ana_", "p(em(@ana))"],
  ["@a", "p(@a)"],
])("%s calls: %s", (text, tree) => {
  expect(short(text)).toBe(tree);
});

test("a link within the window keeps its text", () => {
  expect(short("[#Sierra, Sunday](recado://room/r-sierra)")).toBe("p(link(#Sierra, Sunday→recado://room/r-sierra))");
  expect(short("[#x](recado://join/y)")).toBe("p([#x](recado://join/y))");
});
