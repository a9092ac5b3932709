import { insert } from "./insert";

/** What can be made of what is selected. */
export type Style = "bold" | "italic" | "strike" | "code" | "link" | "spoiler" | "quote";

const isMac = /Mac/u.test(navigator.userAgent);

interface Key {
  key: string;
  shift?: true;
  /** What the same key writes while Shift is held, where that differs. */
  shifted?: string;
}

const keys: Record<Style, Key> = {
  bold: { key: "b" },
  italic: { key: "i" },
  strike: { key: "x", shift: true },
  code: { key: "e" },
  link: { key: "k" },
  spoiler: { key: "p", shift: true },
  quote: { key: ".", shift: true, shifted: ">" },
};

/** How a key is called, for who looks for it. */
export function keyOf(style: Style): string {
  const { key, shift } = keys[style];
  const name = key.toUpperCase();
  return isMac ? `${shift ? "⇧" : ""}⌘${name}` : `Ctrl+${shift ? "Shift+" : ""}${name}`;
}

function styleOf(event: KeyboardEvent): Style | null {
  if (!(isMac ? event.metaKey : event.ctrlKey) || event.altKey) return null;
  const pressed = event.key.toLowerCase();
  const found = Object.entries(keys).find(
    ([, { key, shift, shifted }]) => event.shiftKey === (shift ?? false) && (pressed === key || pressed === shifted),
  );
  return found ? (found[0] as Style) : null;
}

const marks: Record<Exclude<Style, "quote" | "link">, string> = {
  bold: "**",
  italic: "*",
  strike: "~~",
  code: "`",
  spoiler: "||",
};

/** Acts on a key that formats; the same key takes the marks away again. Answers whether it was one. */
export function format(field: HTMLTextAreaElement, event: KeyboardEvent): boolean {
  const style = styleOf(event);
  // With nothing selected this key goes elsewhere in the window.
  if (!style || (style === "link" && field.selectionStart === field.selectionEnd)) return false;
  apply(field, style);
  return true;
}

/** Makes it of what is selected, or takes it away where it is that already. */
export function apply(field: HTMLTextAreaElement, style: Style): void {
  const chosen = field.value.slice(field.selectionStart, field.selectionEnd);
  if (style === "link") link(field, chosen);
  else if (style === "quote") quote(field);
  else if (style === "code" && chosen.includes("\n")) surround(field, "```\n", "\n```");
  else surround(field, marks[style], marks[style]);
}

function surround(field: HTMLTextAreaElement, before: string, after: string): void {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const chosen = value.slice(start, end);
  const around = value.slice(0, start).endsWith(before) && value.slice(end).startsWith(after);
  // One star inside two is not emphasis to be taken away.
  const twice = before === "*" && value.slice(0, start).endsWith("**") && !value.slice(0, start).endsWith("***");
  if (around && !twice) {
    field.setSelectionRange(start - before.length, end + after.length);
    insert(field, chosen);
    field.setSelectionRange(start - before.length, end - before.length);
  } else {
    insert(field, before + chosen + after);
    field.setSelectionRange(start + before.length, end + before.length);
  }
}

function link(field: HTMLTextAreaElement, chosen: string): void {
  const { selectionStart: start, selectionEnd: end } = field;
  const isAddress = /^(?:https?:\/\/|mailto:)\S+$/u.test(chosen);
  insert(field, isAddress ? `[](${chosen})` : `[${chosen}]()`);
  const caret = isAddress ? start + 1 : end + 3;
  field.setSelectionRange(caret, caret);
}

/** Of whole lines. */
function quote(field: HTMLTextAreaElement): void {
  const { value, selectionEnd: end } = field;
  const from = value.lastIndexOf("\n", field.selectionStart - 1) + 1;
  const lines = value.slice(from, end).split("\n");
  const isQuote = lines.every((line) => line.startsWith("> "));
  const text = lines.map((line) => (isQuote ? line.slice(2) : `> ${line}`)).join("\n");
  field.setSelectionRange(from, end);
  insert(field, text);
  field.setSelectionRange(from, from + text.length);
}
