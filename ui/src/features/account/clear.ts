import { m } from "$lib/texts.svelte";

const MINUTE_MS = 60_000;

/** When a status ends by itself; days and weeks are those of the calendar, and a week ends with Sunday. */
export const clears: Record<
  "half" | "hour" | "today" | "week" | "never",
  { label: () => string; until: (now: Date) => string | null }
> = {
  half: { label: m.status_clear_half, until: (now) => new Date(now.getTime() + 30 * MINUTE_MS).toISOString() },
  hour: { label: m.status_clear_hour, until: (now) => new Date(now.getTime() + 60 * MINUTE_MS).toISOString() },
  today: { label: m.status_clear_today, until: (now) => midnight(now, 1) },
  week: { label: m.status_clear_week, until: (now) => midnight(now, ((7 - now.getDay()) % 7) + 1) },
  never: { label: m.status_clear_never, until: () => null },
};

function midnight(now: Date, days: number): string {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days).toISOString();
}
