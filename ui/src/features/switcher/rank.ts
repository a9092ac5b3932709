import type { Component } from "svelte";
import type { Person, RoomItem } from "$lib/ipc/generated";
import { fits } from "$lib/search";
import { roomKey } from "./used";

/** Something that can be done from anywhere. */
export interface Act {
  key: string;
  title: string;
  icon: Component;
  run: () => void;
}

/** Somewhere to go, or something to do. */
export type Entry =
  | { kind: "room"; key: string; title: string; room: RoomItem }
  | { kind: "person"; key: string; title: string; person: Person }
  | { kind: "act"; key: string; title: string; act: Act };

const order = { room: 0, person: 1, act: 2 };

/** By all that it is called, not only by what is shown. */
function fit(entry: Entry, query: string): number | null {
  const names = [entry.title];
  const person = entry.kind === "person" ? entry.person : entry.kind === "room" ? entry.room.peer : null;
  if (person) names.push(person.display_name, person.username);
  const all = names.map((name) => fits(name, query)).filter((one) => one !== null);
  return all.length > 0 ? Math.min(...all) : null;
}

/** All there is: people with whom there is a chat are that chat, and nobody comes twice. */
export function entries(rooms: readonly RoomItem[], people: readonly Person[], acts: readonly Act[]): Entry[] {
  const known = new Set(rooms.map((room) => room.peer?.id));
  return [
    ...rooms.map((room) => ({ kind: "room", key: roomKey(room.id), title: room.title, room }) as const),
    ...people
      .filter((person) => !known.has(person.id) && known.add(person.id))
      .map((person) => ({ kind: "person", key: `person:${person.id}`, title: person.display_name, person }) as const),
    ...acts.map((act) => ({ kind: "act", key: act.key, title: act.title, act }) as const),
  ];
}

/** What fits, best first; of what fits alike, what was used last, then as it came. */
export function rank(all: readonly Entry[], query: string, used: readonly string[]): Entry[] {
  const last = new Map(used.map((key, at) => [key, at]));
  const since = (entry: Entry) => last.get(entry.key) ?? used.length;
  return all
    .flatMap((entry) => {
      const found = fit(entry, query);
      return found === null ? [] : [{ entry, found }];
    })
    .sort((a, b) => a.found - b.found || since(a.entry) - since(b.entry) || order[a.entry.kind] - order[b.entry.kind])
    .map(({ entry }) => entry);
}
