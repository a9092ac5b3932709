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
