import { getContext, setContext } from "svelte";
import type { RoomId } from "$lib/ipc/generated";

/** What is known of what a text may name. */
export interface Around {
  /** What a room is called, where one is in it. */
  room: (id: RoomId) => string | null;
}

const KEY = Symbol("around");
const nothing: Around = { room: () => null };

export function setAround(around: Around): void {
  setContext(KEY, around);
}

export function getAround(): Around {
  return getContext<Around | undefined>(KEY) ?? nothing;
}
