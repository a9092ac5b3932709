import { isWord } from "../markup/mention";

/** What is being named where the caret is: it may be completed. */
export interface Trigger {
  kind: "person" | "room" | "emoji";
  /** What was typed of the name. */
  query: string;
  /** Where the sign before it stands. */
  from: number;
}

const kinds = { "@": "person", "#": "room", ":": "emoji" } as const;

/** The name that the caret is behind, if it is one that has only begun. */
export function triggerAt(text: string, caret: number): Trigger | null {
  const before = text.slice(0, caret);
  const found = /([@#:])([^\s@#:`]*)$/u.exec(before);
  // Within a name nothing is completed, and what is code is no name.
  if (!found || isWord(text[caret]) || before.split("`").length % 2 === 0) return null;
  const [, sign = "", query = ""] = found;
  const kind = kinds[sign as "@"];
  const previous = before[found.index - 1];
  if (kind === "person" ? isWord(previous) : previous !== undefined && !/[\s([{]/u.test(previous)) return null;
  const fits = {
    person: [...query].every(isWord),
    room: query === "" || /^\p{L}/u.test(query),
    emoji: /^\p{L}[\p{L}\p{N}_-]+$/u.test(query),
  };
  return fits[kind] ? { kind, query, from: found.index } : null;
}
