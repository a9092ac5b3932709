import { getContext, setContext } from "svelte";
import type { RoomId, UserId } from "$lib/ipc/generated";

/** What is known of what a text may name. */
export interface Around {
  /** What a room is called, where one is in it. */
  room: (id: RoomId) => string | null;
  /** Whom a mention in this text calls; null where nobody here has that name. */
  called: (name: string) => "me" | "other" | null;
  /** Whose card a mention leads to. */
  person: (name: string) => UserId | null;
}

const KEY = Symbol("around");
const nothing: Around = { room: () => null, called: () => null, person: () => null };

/** What is not given stays as it is around. */
export function setAround(around: Partial<Around>): void {
  setContext(KEY, { ...getAround(), ...around });
}

export function getAround(): Around {
  return getContext<Around | undefined>(KEY) ?? nothing;
}
