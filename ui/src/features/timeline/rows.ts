import type { MessageItem, TimelineItem } from "$lib/ipc/generated";
import { day } from "$lib/time";
import { OLDER } from "./timeline.svelte";

/** What the timeline draws, one under the other. A row keeps its key while it stays what it is. */
export type Row =
  | { kind: "older"; key: string }
  | { kind: "day"; key: string; label: string; at: Date }
  | { kind: "unread"; key: string }
  | { kind: "gap"; key: string }
  | { kind: "system"; key: string; message: MessageItem }
  | { kind: "message"; key: string; message: MessageItem; head: boolean; tail: boolean };

export interface Context {
  now: Date;
  locale: string;
  /** Key of the item above which the line "New" stands. */
  firstUnread: string | null;
  hasOlder: boolean;
}

/** A pause after which the sender is named again. */
const GROUP_MS = 5 * 60_000;

function dayKey(at: Date): string {
  return `day-${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
}

/** The rows of a timeline: days, the unread line, and messages grouped by their sender. */
export function rows(items: readonly TimelineItem[], context: Context): Row[] {
  const out: Row[] = [];
  if (context.hasOlder) out.push({ kind: "older", key: OLDER });
  let lastDay = "";
  let previous: { row: Row & { kind: "message" }; at: number } | null = null;
  const close = () => {
    if (previous) previous.row.tail = true;
    previous = null;
  };
  for (const item of items) {
    if (item.kind === "gap") {
      close();
      out.push({ kind: "gap", key: item.key });
      continue;
    }
    const at = new Date(item.at);
    const key = dayKey(at);
    if (key !== lastDay) {
      close();
      // A clock that was wrong may name a day twice.
      const again = out.some((row) => row.key === key) ? `${key}-${item.key}` : key;
      out.push({ kind: "day", key: again, label: day(at, context.now, context.locale), at });
      lastDay = key;
    }
    if (item.key === context.firstUnread) {
      close();
      out.push({ kind: "unread", key: "unread" });
    }
    if (item.system) {
      close();
      out.push({ kind: "system", key: item.key, message: item });
      continue;
    }
    const joins: boolean =
      previous !== null &&
      previous.row.message.sender.id === item.sender.id &&
      at.getTime() - previous.at < GROUP_MS &&
      item.reply_to === null;
    if (!joins) close();
    const row: Row & { kind: "message" } = { kind: "message", key: item.key, message: item, head: !joins, tail: false };
    out.push(row);
    previous = { row, at: at.getTime() };
  }
  close();
  return out;
}
