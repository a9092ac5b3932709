import { expect, test } from "vitest";
import { lasting, localTime, presenceText, statusLine } from "./presence";

const now = new Date(2026, 10, 24, 12);

test("who is not there was last seen at a time, with its day where it was another one", () => {
  const seen = (day: number) => presenceText("offline", new Date(2026, 10, day, 9, 5).toISOString(), now, "en");
  expect([seen(24), seen(23)]).toEqual(["Last seen 09:05", "Last seen Yesterday 09:05"]);
  expect(presenceText("offline", null, now, "en")).toBe("Offline");
  expect(presenceText("dnd", new Date(0).toISOString(), now, "en")).toBe("Do not disturb");
  expect(presenceText(null, null, now, "en")).toBe("");
});

test("a status that is over is none", () => {
  const status = (ms: number) => ({ emoji: "🏖️", text: "Away", until: new Date(now.getTime() + ms).toISOString() });
  expect(statusLine(status(1), now)).toBe("🏖️ Away");
  expect(lasting(status(0), now)).toBeNull();
  expect(statusLine({ emoji: null, text: "Here", until: null }, now)).toBe("Here");
});

test("a local time names its day where it differs, and an unknown zone has none", () => {
  const noon = new Date("2026-11-24T12:00:00Z");
  expect(localTime("Pacific/Kiritimati", noon, "en")).toMatch(/02:00/u);
  expect(localTime("Pacific/Kiritimati", noon, "en")).toMatch(/Wednesday/u);
  expect(localTime("Nowhere/Land", noon, "en")).toBeNull();
});
