import type { Language } from "$lib/ipc/generated";
import { canonical } from "$lib/reactions";
import { plain } from "$lib/search";

export interface Emoji {
  unicode: string;
  /** What it is called, in the language it was loaded in. */
  label: string;
  /** What finds it, plain. */
  words: readonly string[];
  /** Itself in each of the five tones of skin, where it has any. */
  tones: readonly string[];
}

export const groups = [
  "smileys",
  "people",
  "animals",
  "food",
  "travel",
  "activities",
  "objects",
  "symbols",
  "flags",
] as const;
export type GroupName = (typeof groups)[number];
export type Groups = Record<GroupName, Emoji[]>;

/** The groups' numbers in the data; its second is of parts that are not used alone. */
const numbers = [0, 1, 3, 4, 5, 6, 7, 8, 9];

interface Entry {
  unicode: string;
  label: string;
  hexcode: string;
  group?: number;
  tags?: string[];
  skins?: { unicode: string; hexcode: string }[];
}

// Each language is a file of its own in the bundle, fetched when it is first needed.
const sources: Record<Language, () => Promise<{ default: unknown }>> = {
  en: () => import("emojibase-data/en/compact.json"),
  es: () => import("emojibase-data/es/compact.json"),
};

const tones = ["1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF"];

/** One tone for all who are in it: mixed ones would be dozens. */
function inTones(entry: Entry): string[] {
  return tones.flatMap((tone) => {
    const others = tones.filter((other) => other !== tone);
    const found = entry.skins?.find(
      (skin) => skin.hexcode.includes(tone) && !others.some((other) => skin.hexcode.includes(other)),
    );
    return found ? [canonical(found.unicode)] : [];
  });
}

export function arrange(entries: readonly Entry[]): Groups {
  const all = Object.fromEntries(groups.map((name) => [name, [] as Emoji[]])) as Groups;
  const draws = drawable();
  for (const entry of entries) {
    if (!draws(canonical(entry.unicode))) continue;
    const name = groups[numbers.indexOf(entry.group ?? -1)];
    if (!name) continue;
    const words = new Set([entry.label, ...(entry.tags ?? [])].flatMap((text) => plain(text).split(/[^\p{L}\p{N}]+/u)));
    words.delete("");
    all[name].push({ unicode: canonical(entry.unicode), label: entry.label, words: [...words], tones: inTones(entry) });
  }
  return all;
}

/** Emoji that the system's font does not have yet would be boxes, or several in a row. */
function drawable(): (emoji: string) => boolean {
  const canvas = typeof OffscreenCanvas === "undefined" ? null : new OffscreenCanvas(1, 1).getContext("2d");
  if (!canvas) return () => true;
  canvas.font = '20px "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif';
  const wide = (text: string) => canvas.measureText(text).width;
  const one = wide("😀");
  return (emoji) => Math.abs(wide(emoji) - one) < one / 5;
}

const loaded: Partial<Record<Language, Promise<Groups>>> = {};

export function load(language: Language): Promise<Groups> {
  return (loaded[language] ??= sources[language]().then(({ default: entries }) => arrange(entries as Entry[])));
}

/** All of whose words the query's words begin; what is called so before what is only tagged so. */
export function find(all: Groups, query: string): Emoji[] {
  const asked = plain(query).split(/\s+/u).filter(Boolean);
  const matches = Object.values(all)
    .flat()
    .filter((emoji) => asked.every((word) => emoji.words.some((known) => known.startsWith(word))));
  const named = (emoji: Emoji) => plain(emoji.label).startsWith(asked.join(" "));
  return [...matches.filter(named), ...matches.filter((emoji) => !named(emoji))];
}

export function inTone(emoji: Emoji, tone: number): string {
  return emoji.tones[tone - 1] ?? emoji.unicode;
}
