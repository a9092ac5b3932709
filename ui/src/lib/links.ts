export type Segment = { text: string; url: string | null };

const pattern = /\b(?:https?:\/\/|mailto:|recado:\/\/room\/)[^\s<>"'`]+/giu;

/** A text cut at its links. Closing punctuation belongs to the sentence, not to the link; a bracket does if it was not opened in it. */
export function segments(text: string): Segment[] {
  const out: Segment[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    let url = match[0];
    for (;;) {
      const last = url.at(-1) ?? "";
      if (".,;:!?…*_".includes(last)) url = url.slice(0, -1);
      else if (last === ")" && !url.includes("(")) url = url.slice(0, -1);
      else if (last === "]" && !url.includes("[")) url = url.slice(0, -1);
      else break;
    }
    if (!/^(?:https?:\/\/.|mailto:.+@|recado:\/\/room\/.)/iu.test(url)) continue;
    if (match.index > from) out.push({ text: text.slice(from, match.index), url: null });
    out.push({ text: url, url });
    from = match.index + url.length;
  }
  if (from < text.length) out.push({ text: text.slice(from), url: null });
  return out;
}

const emoji = /^(?:\p{RGI_Emoji}|\s)+$/v;

/** Whether a text is emoji and nothing else, and few: shown one size up. */
export function isEmojiOnly(text: string): boolean {
  return text.length <= 40 && text.trim() !== "" && emoji.test(text);
}
