import type { Notifications, RoomItem } from "$lib/ipc/generated";
import { m } from "$lib/texts.svelte";
import { clock, daysAgo } from "$lib/time";

/** What one may hear of a room, from most to least. */
export const levels: Record<Notifications, () => string> = {
  all: m.notify_all,
  mentions: m.notify_mentions,
  none: m.notify_none,
};

/** Further off than anybody waits, and a date that every calendar can write. */
const ALWAYS = "9999-01-01T00:00:00.000Z";
/** When a mute "until tomorrow" ends: most are up by then. */
const MORNING = 8;
const HOUR_MS = 3_600_000;

const after = (now: Date, ms: number) => new Date(now.getTime() + ms).toISOString();

export const mutes: Record<
  "hour" | "hours" | "tomorrow" | "always",
  { label: () => string; until: (now: Date) => string }
> = {
  hour: { label: m.mute_hour, until: (now) => after(now, HOUR_MS) },
  hours: { label: m.mute_hours, until: (now) => after(now, 8 * HOUR_MS) },
  tomorrow: {
    label: m.mute_tomorrow,
    until: (now) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING).toISOString(),
  },
  always: { label: m.mute_always, until: () => ALWAYS },
};

/** Whether a mute is still to end. */
export function isPaused(room: RoomItem, now: Date): boolean {
  return room.muted_until !== null && new Date(room.muted_until) > now;
}

/** How long nothing is heard of a room, in words. */
export function muteText(room: RoomItem, now: Date, locale: string): string {
  if (room.muted_until === null || !isPaused(room, now) || room.muted_until === ALWAYS) return m.mute_muted();
  const until = new Date(room.muted_until);
  const day = daysAgo(until, now) === 0 ? "" : `${new Intl.DateTimeFormat(locale, { weekday: "long" }).format(until)} `;
  return m.mute_until({ time: day + clock(until, locale) });
}
