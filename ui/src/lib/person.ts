/** The colour of a person: the same on every device, since it comes from the id alone. */
export function colour(id: string): string {
  let hash = 0;
  for (const char of id) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return `var(--person-${hash % 8})`;
}

/** A name keeps its own direction, and the sentence around it its. */
export const isolated = (name: string) => String.fromCodePoint(0x2068) + name + String.fromCodePoint(0x2069);

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** One or two letters: of the first and, where there is room, the last word. */
export function initials(name: string, most: 1 | 2 = 2): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const ends = words.length > most ? [words[0], words[words.length - 1]].slice(0, most) : words;
  return ends
    .map((word) => [...segmenter.segment(word ?? "")][0]?.segment ?? "")
    .join("")
    .toUpperCase();
}
