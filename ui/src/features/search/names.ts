import type { Person, RoomItem } from "$lib/ipc/generated";
import { peopleLike, roomsLike, type Suggestion } from "../composer/suggest";
import { type Naming, valued } from "./query";

/** Who and what a filter can name. */
export interface Nameable {
  me: Person;
  people: readonly Person[];
  rooms: readonly RoomItem[];
}

/** Ways to go on with the name behind a filter. */
export function names({ filter, name }: Naming, { me, people, rooms }: Nameable): Suggestion[] {
  if (filter === "in")
    return roomsLike(rooms, name).map((room) => ({ kind: "room", key: room.id, text: valued(room.title), room }));
  const seen = new Map([me, ...people].map((person) => [person.id, person]));
  // Written out, it means oneself whoever else has such a name.
  const found = name.toLowerCase() === "me" ? [me] : peopleLike([...seen.values()], name);
  return found.map((person) => ({
    kind: "person",
    key: person.id,
    text: person.id === me.id ? "me" : person.username,
    person,
  }));
}
