import { expect, test } from "vitest";
import { roomList } from "$lib/ipc/fake/conversation";
import { isPaused, mutes, muteText } from "./mine";

const now = new Date(2026, 10, 24, 22, 30);
const room = (until: string | null) => ({
  ...(roomList(now)[0] as ReturnType<typeof roomList>[0]),
  muted_until: until,
});

test("mutes end when they say, those until tomorrow in the morning", () => {
  const ends = (kind: keyof typeof mutes) => muteText(room(mutes[kind].until(now)), now, "en");
  expect(ends("hour")).toBe("Muted until 23:30");
  expect(ends("hours")).toBe("Muted until Wednesday 06:30");
  expect(ends("tomorrow")).toBe("Muted until Wednesday 08:00");
  expect(ends("always")).toBe("Muted");
});

test("a mute that ended is none", () => {
  expect(isPaused(room(mutes.hour.until(now)), now)).toBe(true);
  expect(isPaused(room(now.toISOString()), now)).toBe(false);
  expect(isPaused(room(null), now)).toBe(false);
});
