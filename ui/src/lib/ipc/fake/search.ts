// The part of the fake core that finds messages: every room's conversation, simply. The real rules are the core's.
import type { Highlight, RoomItem, SearchHit, SearchPage, TimelineItem } from "$lib/ipc/generated";
import { failure } from "./failure";

const page = 50;
const kinds = ["image", "video", "audio", "file", "link"];

/** One letter for one, so that places stay. */
function plain(text: string): string {
  return Array.from(text.normalize("NFC"), (letter) => {
    const bare = letter.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    return bare.length === letter.length ? bare : letter;
  }).join("");
}

interface Query {
  words: string[];
  from: string[];
  rooms: string[];
  has: string[];
  pinned: boolean;
}

function parse(text: string): Query {
  const query: Query = { words: [], from: [], rooms: [], has: [], pinned: false };
  const parts = /(?:(from|in|has|is|before|after|on):(?:"([^"]*)"?|(\S*)))|"([^"]*)"?|(\S+)/gi;
  for (const found of text.matchAll(parts)) {
    const name = found[1]?.toLowerCase();
    const value = found[2] ?? found[3];
    const [phrase, word] = [found[4], found[5]];
    if (!name) query.words.push(plain(phrase ?? word ?? ""));
    else if (!value) throw failure("invalid_request", name);
    else if (name === "from") query.from.push(plain(value.replace(/^@/, "")));
    else if (name === "in") query.rooms.push(plain(value));
    else if (name === "has" && kinds.includes(value.toLowerCase())) query.has.push(value.toLowerCase());
    else if (name === "is" && value.toLowerCase() === "pinned") query.pinned = true;
    else if (name === "has" || name === "is" || !/^\d{4}(-\d\d){0,2}$/.test(value))
      throw failure("invalid_request", name);
  }
  query.words = query.words.filter((word) => /[\p{L}\p{N}]/u.test(word));
  return query;
}

function highlights(text: string, words: string[]): Highlight[] {
  const found = words.map((word) => ({ start: text.indexOf(word), end: text.indexOf(word) + word.length }));
  return found.filter(({ start }) => start >= 0).sort((a, b) => a.start - b.start);
}

/** What the rooms' conversations hold of it, the latest first; all of it in one place, so the server knows no more. */
export function search(
  rooms: RoomItem[],
  conversation: (room: RoomItem) => TimelineItem[],
  text: string,
  room: string | null,
  cursor: string | null,
  isOffline: boolean,
): SearchPage {
  const query = parse(text);
  const { words, from, has, pinned } = query;
  if (words.length + from.length + query.rooms.length + has.length === 0 && !pinned) {
    return { hits: [], next: null, is_complete: true, is_offline: isOffline };
  }
  const hits: SearchHit[] = [];
  for (const item of rooms) {
    if (!item.last_message || (room && item.id !== room)) continue;
    if (query.rooms.length > 0 && !query.rooms.some((name) => plain(item.title).includes(name))) continue;
    for (const message of conversation(item)) {
      if (message.kind !== "message" || message.is_deleted || message.system || !message.id || !message.seq) continue;
      const content = plain(message.content);
      const named = plain(`${message.sender.username} ${message.sender.display_name}`);
      const suits =
        words.every((word) => content.includes(word)) &&
        (from.length === 0 || from.some((name) => named.includes(name))) &&
        has.every((kind) => (kind === "link" ? /https?:\/\//.test(content) : message.message_type === kind)) &&
        (!pinned || message.pinned !== null);
      if (!suits) continue;
      hits.push({
        message: `${item.id}-${message.id}`,
        room: item.id,
        room_title: item.title,
        seq: message.seq,
        sender: message.sender,
        is_own: message.is_own,
        at: message.at,
        message_type: message.message_type,
        is_pinned: message.pinned !== null,
        snippet: message.preview.normalize("NFC"),
        highlights: highlights(plain(message.preview), words),
      });
    }
  }
  hits.sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1));
  const start = Number(cursor ?? 0);
  const next = hits.length > start + page ? String(start + page) : null;
  return { hits: hits.slice(start, start + page), next, is_complete: !isOffline, is_offline: isOffline };
}
