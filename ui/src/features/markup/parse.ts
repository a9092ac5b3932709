import { Lexer, Tokenizer, type Token, type Tokens, type TokenizerThis } from "marked";
import { segments } from "$lib/links";
import { parseRoomLink } from "$lib/place";
import { mentions } from "./mention";

/** What a message says, as a tree: only what is listed here can ever be drawn. */
export type Inline =
  | { kind: "text"; text: string }
  | { kind: "break" }
  | { kind: "strong" | "em" | "del" | "spoiler"; children: Inline[] }
  | { kind: "code"; text: string }
  /** Somebody by name, folded, or everyone; whether there is anybody of that name, the room knows. */
  | { kind: "mention"; name: string; text: string }
  /** `host` is told beside a text that looks like the address of another one. */
  | { kind: "link"; url: string; host: string | null; children: Inline[] };

export type Block =
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "code"; language: string; text: string }
  | { kind: "quote"; children: Block[] }
  | { kind: "list"; start: number | null; items: Block[][] }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] };

const MOST_QUOTES = 4;
const MOST_DEPTH = 8;
/** More marks on one letter no language needs; they would climb over other lines. */
const MOST_MARKS = 4;

const deep = new RegExp(`^((?:[ ]{0,3}>){${MOST_QUOTES}})(?:[ ]{0,3}>)+`, "gmu");
const marks = new RegExp(`(\\p{M}{${MOST_MARKS}})\\p{M}+`, "gu");
/** Without any of these a text is only text. */
const marked = /[*_`~|>[\]\\]|^\s*(?:[-+]|\d{1,9}[.)])\s/mu;
const address = /^(?:https?:\/\/|mailto:|recado:\/\/room\/)/iu;

const nothing = () => undefined;

/** Of CommonMark and its tables what people write in a chat: no markup of pages, no headings, no pictures, no footnotes. */
class ChatTokenizer extends Tokenizer {
  override html = nothing;
  override tag = nothing;
  override def = nothing;
  override heading = nothing;
  override lheading = nothing;
  override hr = nothing;
  override code = nothing;
  override reflink = nothing;
  override autolink = nothing;
  override url = nothing;
  /** Two tildes strike through; one is what people write before a number. */
  override del(src: string): Tokens.Del | undefined {
    const found = /^~~(?=[^\s~])([^]*?[^\s~])~~(?!~)/u.exec(src);
    if (!found) return undefined;
    const text = found[1] ?? "";
    return { type: "del", raw: found[0], text, tokens: this.lexer.inlineTokens(text) };
  }
}

const spoiler = {
  start: (src: string) => src.indexOf("||"),
  tokenizer(this: TokenizerThis, src: string) {
    const found = /^\|\|(?=[^\s|])([^]*?[^\s|])\|\|(?!\|)/u.exec(src);
    if (!found) return undefined;
    return { type: "spoiler", raw: found[0], tokens: this.lexer.inlineTokens(found[1] ?? "") };
  },
};

/** An address as a whole: what is in it is not markup. */
const bare = {
  start: (src: string) => /\b(?:https?:\/\/|mailto:|recado:\/\/room\/)/iu.exec(src)?.index,
  tokenizer(src: string) {
    const first = address.test(src) ? segments(src.split(/\s/u, 1)[0] ?? "")[0] : undefined;
    return first?.url ? { type: "bare", raw: first.text, url: first.url } : undefined;
  },
};

const options = {
  gfm: true,
  breaks: true,
  tokenizer: new ChatTokenizer(),
  extensions: {
    renderers: {},
    childTokens: {},
    inline: [spoiler.tokenizer, bare.tokenizer],
    startInline: [spoiler.start, bare.start],
  },
};

function plainInlines(text: string): Inline[] {
  return segments(text.replaceAll(marks, "$1")).map((part) =>
    part.url
      ? { kind: "link", url: part.url, host: null, children: [{ kind: "text", text: part.text }] }
      : { kind: "text", text: part.text },
  );
}

function inlineText(children: readonly Inline[]): string {
  return children
    .map((child) => {
      if (child.kind === "text" || child.kind === "code" || child.kind === "mention") return child.text;
      return child.kind === "break" ? " " : inlineText(child.children);
    })
    .join("");
}

function link(token: Tokens.Link, children: Inline[]): Inline[] {
  const [only, ...others] = address.test(token.href) ? segments(token.href) : [];
  // Somewhere else than to a page or to a letter: it stays what was typed.
  if (!only?.url || others.length > 0 || !URL.canParse(only.url)) return plainInlines(token.raw);
  // Within the window a link leads to no other place than it says.
  if (parseRoomLink(only.url)) return [{ kind: "link", url: only.url, host: null, children }];
  const { hostname, href } = new URL(only.url);
  const said = inlineText(children);
  const looks = /[\p{L}\p{N}-]\.\p{L}{2,}|:\/\//u.test(said) && !said.toLowerCase().includes(hostname);
  return [{ kind: "link", url: only.url, host: looks ? hostname || href : null, children }];
}

function inlines(tokens: readonly Token[] | undefined, depth: number, linked = false): Inline[] {
  return (tokens ?? []).flatMap((token): Inline[] => {
    const children = () =>
      inlines(token.type === "text" ? [] : (token as { tokens?: Token[] }).tokens, depth + 1, linked);
    if (depth > MOST_DEPTH) return plainInlines(token.raw);
    switch (token.type) {
      case "strong":
      case "em":
      case "del":
      case "spoiler":
        return [{ kind: token.type, children: children() }];
      case "codespan":
        return [{ kind: "code", text: (token as Tokens.Codespan).text }];
      case "br":
        return [{ kind: "break" }];
      case "link":
        return linked
          ? children()
          : link(token as Tokens.Link, inlines((token as Tokens.Link).tokens, depth + 1, true));
      case "bare":
        return linked
          ? [{ kind: "text", text: token.raw }]
          : [{ kind: "link", url: token["url"] as string, host: null, children: [{ kind: "text", text: token.raw }] }];
      case "escape":
        return [{ kind: "text", text: (token as Tokens.Escape).text }];
      default:
        return [{ kind: "text", text: token.raw.replaceAll(marks, "$1") }];
    }
  });
}

function blocks(tokens: readonly Token[], depth: number): Block[] {
  return tokens.flatMap((token): Block[] => {
    if (token.type === "space") return [];
    if (depth > MOST_DEPTH) return [{ kind: "paragraph", children: plainInlines(token.raw) }];
    switch (token.type) {
      case "code": {
        const { lang, text } = token as Tokens.Code;
        return [{ kind: "code", language: (lang ?? "").split(/\s/u, 1)[0] ?? "", text }];
      }
      case "blockquote":
        return [{ kind: "quote", children: blocks((token as Tokens.Blockquote).tokens, depth + 1) }];
      case "list": {
        const { ordered, start, items } = token as Tokens.List;
        const item = (one: Tokens.ListItem): Block[] => {
          const inside = blocks(
            one.tokens.filter((part) => part.type !== "checkbox"),
            depth + 1,
          );
          if (!one.task) return inside;
          const box: Inline = { kind: "text", text: one.checked ? "☑ " : "☐ " };
          const [first, ...others] = inside;
          return first?.kind === "paragraph"
            ? [{ kind: "paragraph", children: [box, ...first.children] }, ...others]
            : [{ kind: "paragraph", children: [box] }, ...inside];
        };
        return [{ kind: "list", start: ordered ? Number(start) : null, items: items.map(item) }];
      }
      case "table": {
        const { header, rows } = token as Tokens.Table;
        const cell = (one: Tokens.TableCell) => inlines(one.tokens, depth + 1);
        return [{ kind: "table", head: header.map(cell), rows: rows.map((row) => row.map(cell)) }];
      }
      case "paragraph":
      case "text": {
        const { tokens: inside, raw } = token as Tokens.Paragraph;
        return [{ kind: "paragraph", children: inside ? inlines(inside, depth) : plainInlines(raw) }];
      }
      default:
        return [{ kind: "paragraph", children: plainInlines(token.raw) }];
    }
  });
}

/** What of a tree calls somebody, as the text as a whole does: within a tree one does not see what a word stands beside. */
function callOut(tree: Block[], names: ReadonlySet<string>): Block[] {
  const inside = (children: Inline[]): Inline[] =>
    children.flatMap((child): Inline[] => {
      if (child.kind === "text") return split(child.text, names);
      if (child.kind === "link" || !("children" in child)) return [child];
      return [{ ...child, children: inside(child.children) }];
    });
  return tree.map((block): Block => {
    switch (block.kind) {
      case "paragraph":
        return { ...block, children: inside(block.children) };
      case "quote":
        return { ...block, children: callOut(block.children, names) };
      case "list":
        return { ...block, items: block.items.map((item) => callOut(item, names)) };
      case "table":
        return { ...block, head: block.head.map(inside), rows: block.rows.map((row) => row.map(inside)) };
      case "code":
        return block;
    }
  });
}

function split(text: string, names: ReadonlySet<string>): Inline[] {
  const parts: Inline[] = [];
  let from = 0;
  for (const { name, text: said, at } of mentions(text)) {
    if (!names.has(name)) continue;
    if (at > from) parts.push({ kind: "text", text: text.slice(from, at) });
    parts.push({ kind: "mention", name, text: said });
    from = at + said.length;
  }
  if (from < text.length) parts.push({ kind: "text", text: text.slice(from) });
  return parts;
}

function read(text: string): Block[] {
  const names = new Set(mentions(text).map(({ name }) => name));
  return names.size > 0 ? callOut(readMarkup(text), names) : readMarkup(text);
}

function readMarkup(text: string): Block[] {
  if (!marked.test(text)) return [{ kind: "paragraph", children: plainInlines(text) }];
  try {
    const read = blocks(
      new Lexer(options as unknown as ConstructorParameters<typeof Lexer>[0]).lex(text.replaceAll(deep, "$1")),
      0,
    );
    if (read.length > 0) return read;
  } catch {
    // Nested deeper than there is room for: nobody writes that to be read.
  }
  return [{ kind: "paragraph", children: plainInlines(text) }];
}

/** Rows come and go while one scrolls; what was read stays read. */
const known = new Map<string, Block[]>();
const MOST_KNOWN = 400;

export function parse(text: string): Block[] {
  let tree = known.get(text);
  if (!tree) {
    tree = read(text);
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value ?? "");
    known.set(text, tree);
  }
  return tree;
}
