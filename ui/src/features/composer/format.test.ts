import { expect, test } from "vitest";
import { format } from "./format";

/** `|` stands at both ends of what is selected, or once for the caret. */
function pressed(text: string, key: string, more: KeyboardEventInit = {}): string {
  const field = document.createElement("textarea");
  const [before = "", chosen = "", after] = text.split("|");
  field.value = text.replaceAll("|", "");
  field.setSelectionRange(before.length, before.length + (after === undefined ? 0 : chosen.length));
  const taken = format(field, new KeyboardEvent("keydown", { key, ctrlKey: true, ...more }));
  if (!taken) return "not taken";
  const { value, selectionStart: start, selectionEnd: end } = field;
  return `${value.slice(0, start)}|${start === end ? "" : `${value.slice(start, end)}|`}${value.slice(end)}`;
}

test.each([
  ["a |b| c", "b", {}, "a **|b|** c"],
  ["a **|b|** c", "b", {}, "a |b| c"],
  ["a |b| c", "i", {}, "a *|b|* c"],
  ["**|b|**", "i", {}, "***|b|***"],
  ["***|b|***", "i", {}, "**|b|**"],
  ["|b|", "e", {}, "`|b|`"],
  ["|b|", "X", { shiftKey: true }, "~~|b|~~"],
  ["a |", "b", {}, "a **|**"],
  ["|here|", "k", {}, "[here](|)"],
  ["|https://x.test|", "k", {}, "[|](https://x.test)"],
  ["a |b|", "P", { shiftKey: true }, "a |||b|||"],
  ["a|b\nc|", "e", {}, "a```\n|b\nc|\n```"],
  ["a\nb|c\nd|", ">", { shiftKey: true }, "a\n|> bc\n> d|"],
  ["a\n|> bc\n> d|", ">", { shiftKey: true }, "a\n|bc\nd|"],
  ["|b|", "b", { ctrlKey: false }, "not taken"],
  ["|b|", "b", { altKey: true }, "not taken"],
  ["a |", "k", {}, "not taken"],
  ["|b|", "x", {}, "not taken"],
])("%s, %s %o: %s", (text, key, more, result) => {
  expect(pressed(text, key, more)).toBe(result);
});
