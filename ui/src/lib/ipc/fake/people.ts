// The part of the fake core that is about people: how present they are and what they tell of themselves.
import type { Event, PersonProfile, Status, UserPatch } from "$lib/ipc/generated";
import { people } from "./conversation";
import { failure } from "./failure";

export abstract class FakePeople {
  calls: [string, ...unknown[]][] = [];

  protected note(name: string, ...args: unknown[]): void {
    this.calls.push([name, ...args]);
  }

  abstract emit(event: Event): void;

  async setPresence(status: Status) {
    this.note("setPresence", status);
    this.emit({ type: "presence", presence: status });
  }
  async userActive() {}
  async personProfile(user: string): Promise<PersonProfile> {
    const person = Object.values(people).find((known) => known.id === user);
    if (!person) throw failure("not_found");
    return {
      person,
      about: null,
      time_zone: "America/La_Paz",
      custom_status: null,
      status: "online",
      last_seen_at: null,
    };
  }
  async setProfile(patch: UserPatch) {
    this.note("setProfile", patch);
  }
}
