import { expect, test } from "vitest";
import { triggerAt } from "./trigger";

/** `|` is the caret. */
const at = (text: string) => {
  const found = triggerAt(text.replace("|", ""), text.indexOf("|"));
  return found && `${found.kind} ${found.query} ${found.from}`;
};

test.each([
  ["@|", "person  0"],
  ["hi @lu|", "person lu 3"],
  ["(@lu|)", "person lu 1"],
  ["@juan.p|", "person juan.p 0"],
  ["mail@lu|", null],
  ["@lu |", null],
  ["@l|uz", null],
  ["`@lu|", null],
  ["`a` @lu|", "person lu 4"],
  ["#|", "room  0"],
  ["see #si|", "room si 4"],
  ["#12|", null],
  ["a#si|", null],
  [":sm|", "emoji sm 0"],
  [":s|", null],
  ["10:30|", null],
  ["at :30|", null],
  ["https://x|", null],
])("%s: %s", (text, found) => {
  expect(at(text)).toBe(found);
});
