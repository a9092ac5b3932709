import type { CustomStatus, Status } from "$lib/ipc/generated";
import { m } from "$lib/texts.svelte";
import { brief, clock, daysAgo } from "$lib/time";

const words: Record<Status, () => string> = {
  online: m.status_online,
  away: m.status_away,
  dnd: m.status_dnd,
  invisible: m.status_invisible,
  offline: m.status_offline,
};

/** How present somebody is, in words; for one who is not there, since when. */
export function presenceText(status: Status | null, lastSeen: string | null, now: Date, locale: string): string {
  if (status === null) return "";
  if (status !== "offline" || lastSeen === null) return words[status]();
  const at = new Date(lastSeen);
  const day = brief(at, now, locale);
  const time = daysAgo(at, now) <= 0 ? day : `${day} ${clock(at, locale)}`;
  return m.status_last_seen({ time });
}

/** What somebody is about, as long as it lasts. */
export function lasting(status: CustomStatus | null, now: Date): CustomStatus | null {
  return status && (status.until === null || new Date(status.until) > now) ? status : null;
}

/** Until when something lasts, with its day where that is not today. */
export function endText(until: string, now: Date, locale: string): string {
  const at = new Date(until);
  const time = clock(at, locale);
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }).format(at);
  return m.profile_until({ time: daysAgo(at, now) === 0 ? time : `${day}, ${time}` });
}

/** On one line. */
export function statusLine(status: CustomStatus | null, now: Date): string {
  const shown = lasting(status, now);
  return [shown?.emoji, shown?.text].filter(Boolean).join(" ");
}

/** What the clock says where somebody is, with the day where it is another one than here. */
export function localTime(zone: string, now: Date, locale: string): string | null {
  try {
    const options = { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    const day = (timeZone?: string) => new Intl.DateTimeFormat("en", { timeZone, dateStyle: "short" }).format(now);
    return new Intl.DateTimeFormat(locale, day(zone) === day() ? options : { ...options, weekday: "long" }).format(now);
  } catch {
    // A zone that this system does not know.
    return null;
  }
}
