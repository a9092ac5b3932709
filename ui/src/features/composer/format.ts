import { insert } from "./insert";

const mac = /Mac/u.test(navigator.userAgent);

/** What a key puts around what is selected. */
function marksOf(event: KeyboardEvent): [string, string] | null {
  if (!(mac ? event.metaKey : event.ctrlKey) || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (event.shiftKey) return key === "x" ? ["~~", "~~"] : null;
  return ({ b: ["**", "**"], i: ["*", "*"], e: ["`", "`"], k: ["[", "]()"] } as const)[key as "b"]?.slice() as
    [string, string] | null;
}

/** Acts on a key that formats; the same key takes the marks away again. Answers whether it was one. */
export function format(field: HTMLTextAreaElement, event: KeyboardEvent): boolean {
  const marks = marksOf(event);
  if (!marks) return false;
  let [before, after] = marks;
  // With nothing selected this key goes elsewhere in the window.
  if (before === "[" && field.selectionStart === field.selectionEnd) return false;
  const { selectionStart: start, selectionEnd: end, value } = field;
  const chosen = value.slice(start, end);
  const around = value.slice(0, start).endsWith(before) && value.slice(end).startsWith(after);
  // One star inside two is not emphasis to be taken away.
  const twice = before === "*" && value.slice(0, start).endsWith("**") && !value.slice(0, start).endsWith("***");
  if (around && !twice && before !== "[") {
    field.setSelectionRange(start - before.length, end + after.length);
    insert(field, chosen);
    field.setSelectionRange(start - before.length, end - before.length);
    return true;
  }
  const address = before === "[" && /^(?:https?:\/\/|mailto:)\S+$/u.test(chosen);
  if (address) [before, after] = ["[](", ")"];
  insert(field, before + chosen + after);
  if (address) field.setSelectionRange(start + 1, start + 1);
  else if (before === "[" && chosen) field.setSelectionRange(end + 3, end + 3);
  else field.setSelectionRange(start + before.length, end + before.length);
  return true;
}
