// Who a text calls by name. The rule is that of `protocol/src/mention.rs`, by which the server counts and notifies.

/** What calls everyone in the room, for those who may. */
export const EVERYONE = "room";

const word = /[\p{Alphabetic}\p{N}\p{M}._@-]/u;
const letter = /[a-z]/iu;

/** A text without case and without marks on its letters. */
export function fold(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
}

/** Whether it belongs to a word, as far as names go. */
export function isWord(char: string | undefined): boolean {
  return char !== undefined && word.test(char);
}

export interface Mention {
  /** Folded, without the sign. */
  name: string;
  /** As it is written, with it; this many units of the text from `at` on. */
  text: string;
  at: number;
}

/** All mentions in a text, in order: each the whole word, not in code (between backticks) and not in an address. */
export function mentions(text: string): Mention[] {
  if (!text.includes("@")) return [];
  const chars = [...text];
  const found: Mention[] = [];
  let unit = 0;
  let at = 0;
  const goTo = (end: number) => {
    for (; at < end; at += 1) unit += chars[at]?.length ?? 0;
  };
  while (at < chars.length) {
    const char = chars[at] ?? "";
    const startsWord = at === 0 || !isWord(chars[at - 1]);
    if (char === "`") goTo(behindCode(chars, at));
    else if (char === "@" && startsWord) {
      let end = at + 1;
      while (isWord(chars[end])) end += 1;
      // A full stop ends a sentence as often as it belongs to a name.
      const said = chars
        .slice(at, end)
        .join("")
        .replace(/[.-]+$/u, "");
      const name = fold(said.slice(1));
      if (/^[a-z0-9._-]{2,32}$/u.test(name)) found.push({ name, text: said, at: unit });
      goTo(end);
    } else if (letter.test(char) && startsWord) goTo(behindAddress(chars, at) ?? at + 1);
    else goTo(at + 1);
  }
  return found;
}

/** Behind a span of code; behind the backticks alone where nothing closes it. */
function behindCode(chars: readonly string[], start: number): number {
  const ticks = (from: number) => {
    let end = from;
    while (chars[end] === "`") end += 1;
    return end - from;
  };
  const opening = ticks(start);
  let at = start + opening;
  while (at < chars.length) {
    const closing = ticks(at);
    if (closing === opening) return at + closing;
    at += closing || 1;
  }
  return start + opening;
}

/** Behind an address with a scheme that starts here. */
function behindAddress(chars: readonly string[], start: number): number | null {
  let at = start;
  while (/[a-z0-9+.-]/iu.test(chars[at] ?? "")) at += 1;
  if (chars.slice(at, at + 3).join("") !== "://") return null;
  while (at < chars.length && !/\s/u.test(chars[at] ?? "")) at += 1;
  return at;
}
