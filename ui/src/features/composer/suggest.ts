import type { Language, Person, RoomItem } from "$lib/ipc/generated";
import { linkTo } from "$lib/place";
import { fits } from "$lib/search";
import { find, inTone, load } from "../emoji/emoji";
import { taste } from "../emoji/taste.svelte";
import { EVERYONE } from "../markup/mention";
import type { Trigger } from "./trigger";

/** One way to go on with a name. */
export type Suggestion =
  | { kind: "person"; key: string; text: string; person: Person }
  | { kind: "everyone"; key: string; text: string }
  | { kind: "room"; key: string; text: string; room: RoomItem }
  | { kind: "emoji"; key: string; text: string; emoji: string; label: string };

export interface Known {
  /** Who is in the room, without oneself. */
  people: readonly Person[];
  rooms: readonly RoomItem[];
  /** One may call everyone at once. */
  everyone: boolean;
}

/** More than these one would not look through, but write another letter. */
const MOST = 8;
/** Letters that are merely somewhere in a name, in order: a guess that is of use among few. */
const GUESS = 3;

function best<T>(all: readonly T[], names: (item: T) => readonly string[], query: string, worst: number): T[] {
  return all
    .flatMap((item) => {
      const found = names(item).flatMap((name) => fits(name, query) ?? []);
      const fit = Math.min(...found);
      return found.length > 0 && fit <= worst ? [{ item, fit }] : [];
    })
    .sort((a, b) => a.fit - b.fit)
    .slice(0, MOST)
    .map(({ item }) => item);
}

/** Those whose name or user name fits, the best first. */
export const peopleLike = (people: readonly Person[], query: string) =>
  best(people, ({ display_name, username }) => [display_name, username], query, GUESS);

export const roomsLike = (rooms: readonly RoomItem[], query: string) =>
  best(rooms, ({ title }) => [title], query, GUESS - 1);

const person = (person: Person): Suggestion => ({
  kind: "person",
  key: person.id,
  text: `@${person.username} `,
  person,
});

/** A link, so that it leads there whatever the room is called by then. */
function room(room: RoomItem): Suggestion {
  const title = room.title.replaceAll(/[[\]\\]/gu, "\\$&");
  return { kind: "room", key: room.id, text: `[#${title}](${linkTo(room.id)}) `, room };
}

export async function suggest({ kind, query }: Trigger, known: Known, language: Language): Promise<Suggestion[]> {
  if (kind === "person") {
    const all = known.everyone && fits(EVERYONE, query) === 0;
    const everyone = { kind: "everyone", key: EVERYONE, text: `@${EVERYONE} ` } as const;
    const found = peopleLike(known.people, query).map(person);
    // Asked for nothing, a person is likelier than everyone.
    return query === "" ? [...found, ...(all ? [everyone] : [])] : [...(all ? [everyone] : []), ...found];
  }
  if (kind === "room") {
    const open = known.rooms.filter(({ chat_type }) => chat_type !== "private");
    return roomsLike(open, query).map(room);
  }
  const liked = new Set(taste.quick());
  return find(await load(language), query.replaceAll("_", " "))
    .sort((a, b) => Number(liked.has(b.unicode)) - Number(liked.has(a.unicode)))
    .slice(0, MOST)
    .map((emoji) => {
      const drawn = inTone(emoji, taste.tone);
      return { kind: "emoji", key: emoji.unicode, text: drawn, emoji: drawn, label: emoji.label };
    });
}
