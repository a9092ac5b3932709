import type { Failure, Highlight } from "$lib/ipc/generated";
import { isoDay } from "$lib/time";

export const filters = ["from", "in", "before", "after", "on", "has", "is"] as const;
export type Filter = (typeof filters)[number];

const isFilter = (name: string): name is Filter => (filters as readonly string[]).includes(name);

const BEGUN = /(?:^|\s)([a-z]+):"?$/iu;

/** The filter at the end of a query whose value is still to come. */
export function begun(query: string): Filter | null {
  const name = BEGUN.exec(query)?.[1]?.toLowerCase() ?? "";
  return isFilter(name) ? name : null;
}

/** A query without a filter that is only begun. */
export const complete = (query: string) => (begun(query) ? query.replace(BEGUN, "") : query);

/** What of a query was refused; null where it was not the query. */
export function filterOf(failure: Failure): Filter | "query" | null {
  if (failure.code !== "invalid_request") return null;
  return failure.field !== null && isFilter(failure.field) ? failure.field : "query";
}

/** What one may write behind a filter, as far as that can be told. */
export function values(filter: Filter, now: Date): string[] {
  if (filter === "has") return ["image", "video", "audio", "file", "link"];
  if (filter === "is") return ["pinned"];
  if (filter === "from") return ["me"];
  if (filter === "in") return [];
  const day = isoDay(now);
  return [day, day.slice(0, 7), day.slice(0, 4)];
}

/** The name that a filter of people or chats has so far, where the caret is behind it. */
export interface Naming {
  filter: "from" | "in";
  name: string;
  /** Where its value begins. */
  from: number;
}

/** What is being named where the caret is: it may be completed. */
export function namingAt(query: string, caret: number): Naming | null {
  const found = /(?<=^|\s)(from|in):("[^"]*|[^\s"]*)$/iu.exec(query.slice(0, caret));
  // Within a name nothing is completed.
  if (!found || /^[^\s"]/u.test(query.slice(caret))) return null;
  const [whole, filter = "", value = ""] = found;
  return {
    filter: filter.toLowerCase() as Naming["filter"],
    name: value.replace(/^["@]+/u, ""),
    from: found.index + whole.length - value.length,
  };
}

/** A query with a name written out, and where one goes on behind it. */
export function named(query: string, { from }: Naming, caret: number, value: string): { query: string; caret: number } {
  const rest = query.slice(caret).replace(/^"?\s*/u, "");
  const start = `${query.slice(0, from)}${value} `;
  return { query: start + rest, caret: start.length };
}

/** A name as the value of a filter. */
export function valued(name: string): string {
  const bare = name.replaceAll('"', " ").trim();
  return /\s/u.test(bare) ? `"${bare}"` : bare;
}

/** A query with something at its end, and where one goes on writing. */
export function added(query: string, text: string): { query: string; caret: number } {
  const whole = query.trim() === "" ? text : `${query.trimEnd()} ${text}`;
  return { query: whole, caret: text === '""' ? whole.length - 1 : whole.length };
}

/** A query whose last filter of a name has this value. */
export function filled(query: string, filter: Filter, value: string): string {
  const last = [...query.matchAll(new RegExp(String.raw`(?<=^|\s)${filter}:(?:"[^"]*"?|\S*)`, "giu"))].at(-1);
  if (!last) return added(query, `${filter}:${value}`).query;
  return query.slice(0, last.index) + `${filter}:${value}` + query.slice(last.index + last[0].length);
}

/** A text in pieces, those marked that were found. */
export function pieces(text: string, highlights: readonly Highlight[]): { text: string; found: boolean }[] {
  const out: { text: string; found: boolean }[] = [];
  let at = 0;
  for (const { start, end } of [...highlights].sort((a, b) => a.start - b.start)) {
    const from = Math.max(at, start);
    const to = Math.min(end, text.length);
    if (to <= from) continue;
    if (from > at) out.push({ text: text.slice(at, from), found: false });
    out.push({ text: text.slice(from, to), found: true });
    at = to;
  }
  if (at < text.length) out.push({ text: text.slice(at), found: false });
  return out;
}
