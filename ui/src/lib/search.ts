/** A text as it is compared: without accents, in small letters. */
export function plain(text: string): string {
  return text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
}

/** How well a query fits a name: 0 best, null not at all. All its letters have to come, in order. */
export function fits(name: string, query: string): number | null {
  const [in_, asked] = [plain(name), plain(query).trim()];
  if (asked === "") return 0;
  const at = in_.indexOf(asked);
  if (at === 0) return 0;
  if (at > 0) return /[\p{L}\p{N}]/u.test(in_[at - 1] ?? "") ? 2 : 1;
  let from = 0;
  for (const char of asked) {
    const found = in_.indexOf(char, from);
    if (found < 0) return null;
    from = found + char.length;
  }
  return 3;
}

/** Where in a name a query that fits it is found: pairs of from and to. */
export function marks(name: string, query: string): [from: number, to: number][] {
  const asked = plain(query).trim();
  if (asked === "") return [];
  // Letter by letter, so that the places are those of the name as it is written.
  let in_ = "";
  const places: [number, number][] = [];
  for (const { index, segment } of graphemes.segment(name)) {
    const letters = plain(segment);
    in_ += letters;
    for (let unit = 0; unit < letters.length; unit += 1) places.push([index, index + segment.length]);
  }
  const found: [number, number][] = [];
  const at = in_.indexOf(asked);
  if (at >= 0) found.push(...places.slice(at, at + asked.length));
  else {
    let from = 0;
    for (const char of asked) {
      const next = in_.indexOf(char, from);
      if (next < 0) return [];
      found.push(...places.slice(next, next + char.length));
      from = next + char.length;
    }
  }
  const merged: [number, number][] = [];
  for (const [from, to] of found) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
