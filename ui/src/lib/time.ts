import { m } from "$lib/texts.svelte";

const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let known = formats.get(key);
  if (!known) formats.set(key, (known = new Intl.DateTimeFormat(locale, options)));
  return known;
}

const hour: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

/** Local calendar days from `at` to `now`; 0 is today. Counted on the calendar, so that clock changes do not shift it. */
export function daysAgo(at: Date, now: Date): number {
  const day = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000;
  return day(now) - day(at);
}

export function clock(at: Date, locale: string): string {
  return format(locale, hour).format(at);
}

/** The label of a day in a timeline. */
export function day(at: Date, now: Date, locale: string): string {
  const ago = daysAgo(at, now);
  if (ago === 0) return m.day_today();
  if (ago === 1) return m.day_yesterday();
  if (ago > 1 && ago < 7) return capital(format(locale, { weekday: "long" }).format(at), locale);
  return format(locale, {
    day: "numeric",
    month: "long",
    ...(at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
  }).format(at);
}

/** The label of a day, or of a month where it is longer ago. */
export function stretch(at: Date, now: Date, locale: string): string {
  if (daysAgo(at, now) < 7) return day(at, now, locale);
  const year = at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
  return capital(format(locale, { month: "long", ...year }).format(at), locale);
}

/** The short time of a list. */
export function brief(at: Date, now: Date, locale: string): string {
  const ago = daysAgo(at, now);
  if (ago <= 0) return clock(at, locale);
  if (ago === 1) return m.day_yesterday();
  if (ago < 7) return capital(format(locale, { weekday: "short" }).format(at), locale);
  if (at.getFullYear() === now.getFullYear()) return format(locale, { day: "numeric", month: "short" }).format(at);
  return format(locale, { day: "numeric", month: "numeric", year: "2-digit" }).format(at);
}

/** To the second, for those who ask. */
export function exact(at: Date, locale: string): string {
  return format(locale, { dateStyle: "full", timeStyle: "medium" }).format(at);
}

function capital(text: string, locale: string): string {
  return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
}

/** A local day as fields for dates write it. */
export function isoDay(at: Date): string {
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/** A day and a time, as people say them. */
export function moment(at: Date, now: Date, locale: string): string {
  return daysAgo(at, now) === 0 ? clock(at, locale) : `${day(at, now, locale)} ${clock(at, locale)}`;
}
