import { commands, type Commands } from "./generated";

/** The core behind this window. A page that is not in the shell may be played, in builds that have the player. */
export async function connect(): Promise<Commands> {
  if (__FAKE__ && new URLSearchParams(location.search).has("fake")) {
    const { FakeCore } = await import("./fake/core");
    return new FakeCore(new URLSearchParams(location.search));
  }
  return commands;
}
