import type { RoomId } from "$lib/ipc/generated";

/** A message, by the room it is in and its number there. */
export interface Place {
  room: RoomId;
  seq: number;
}

/** A link to a room, or to a message in it; to a server where it names one. */
export interface RoomLink {
  room: RoomId;
  seq: number | null;
  server: string | null;
}

/** Leads to a room or a message from anywhere that opens links. */
export function linkTo(room: RoomId, seq: number | null = null, server: string | null = null): string {
  const place = [encodeURIComponent(room), ...(seq === null ? [] : [seq])].join("/");
  return `recado://room/${place}${server === null ? "" : `?server=${encodeURIComponent(server)}`}`;
}

/** Null for what is not such a link, whole and well formed. */
export function parseRoomLink(text: string): RoomLink | null {
  if (!/^recado:\/\/room\//iu.test(text) || !URL.canParse(text)) return null;
  const { pathname, searchParams } = new URL(text);
  const [room, seq, ...others] = pathname.split("/").filter(Boolean);
  if (!room || others.length > 0 || (seq !== undefined && !/^[1-9]\d{0,14}$/u.test(seq))) return null;
  return {
    room: decodeURIComponent(room),
    seq: seq === undefined ? null : Number(seq),
    server: searchParams.get("server"),
  };
}

/** Whether a link leads somewhere on this server. */
export function isHere(link: RoomLink, server: string): boolean {
  if (link.server === null) return true;
  return URL.canParse(link.server) && new URL(link.server).origin === new URL(server).origin;
}
