import { expect, test } from "vitest";
import { clears } from "./clear";

const until = (kind: keyof typeof clears, now: Date) => {
  const end = clears[kind].until(now);
  return end === null ? null : new Date(end);
};

test("a status ends in minutes, with the day, with the week, or never", () => {
  const tuesday = new Date(2026, 10, 24, 22, 45);
  expect(until("half", tuesday)).toEqual(new Date(2026, 10, 24, 23, 15));
  expect(until("hour", tuesday)).toEqual(new Date(2026, 10, 24, 23, 45));
  expect(until("today", tuesday)).toEqual(new Date(2026, 10, 25));
  expect(until("week", tuesday)).toEqual(new Date(2026, 10, 30));
  expect(until("never", tuesday)).toBeNull();
});

test("a Sunday is the last day of its week, a Monday the first", () => {
  expect(until("week", new Date(2026, 10, 29, 9))).toEqual(new Date(2026, 10, 30));
  expect(until("week", new Date(2026, 10, 30, 9))).toEqual(new Date(2026, 11, 7));
});
