import { expect, test } from "vitest";
import { brief, day, daysAgo } from "./time";

const now = new Date(2026, 10, 24, 0, 30);

test("days are those of the calendar, not of 24 hours", () => {
  expect(daysAgo(new Date(2026, 10, 23, 23, 59), now)).toBe(1);
  expect(daysAgo(new Date(2026, 10, 24, 0, 1), now)).toBe(0);
});

test("days are named as people say them", () => {
  expect(day(new Date(2026, 10, 24, 0, 1), now, "en")).toBe("Today");
  expect(day(new Date(2026, 10, 23, 9, 0), now, "en")).toBe("Yesterday");
  expect(day(new Date(2026, 10, 20, 9, 0), now, "es")).toBe("Viernes");
  expect(day(new Date(2025, 0, 2, 9, 0), now, "es")).toBe("2 de enero de 2025");
});

test("a list shows the hour today and the day before", () => {
  expect(brief(new Date(2026, 10, 24, 0, 5), now, "en")).toBe("00:05");
  expect(brief(new Date(2026, 10, 19, 9, 5), now, "en")).toBe("Thu");
});
