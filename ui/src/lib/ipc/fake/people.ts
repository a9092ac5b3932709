// The part of the fake core that is about people: how present they are and what they tell of themselves.
import type {
  Event,
  NewRoomInvite,
  PersonProfile,
  Role,
  RoomInfo,
  RoomInviteItem,
  RoomItem,
  RoomPatch,
  Status,
  UserPatch,
} from "$lib/ipc/generated";
import { me, people } from "./conversation";
import { failure } from "./failure";

export abstract class FakePeople {
  calls: [string, ...unknown[]][] = [];

  protected note(name: string, ...args: unknown[]): void {
    this.calls.push([name, ...args]);
  }

  abstract emit(event: Event): void;
  protected abstract room(id: string): RoomItem | undefined;

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
      is_blocked: false,
    };
  }
  async setProfile(patch: UserPatch) {
    this.note("setProfile", patch);
  }
  async roomInfo(room: string): Promise<RoomInfo> {
    const item = this.room(room);
    if (!item) throw failure("not_found");
    return {
      id: item.id,
      chat_type: item.chat_type,
      title: item.title,
      topic: item.topic,
      description: null,
      colour: item.colour,
      members_may_invite: false,
      created_at: item.last_activity,
      my_role: "owner",
      may: [
        "post",
        "react",
        "pin",
        "mention_room",
        "delete_others",
        "read_edits_of_others",
        "change_room",
        "add_participant",
        "remove_participant",
        "invite",
        "ban",
        "leave",
      ],
      participants: Object.values(people).map((person) => ({
        person,
        role: person.id === me.id ? ("owner" as const) : ("member" as const),
        status: "online" as const,
        last_seen_at: null,
        may_manage: person.id !== me.id,
      })),
    };
  }
  async setRoom(room: string, patch: RoomPatch) {
    this.note("setRoom", room, patch);
  }
  async addParticipant(room: string, user: string) {
    this.note("addParticipant", room, user);
  }
  async removeParticipant(room: string, user: string) {
    this.note("removeParticipant", room, user);
  }
  async setRole(room: string, user: string, role: Role) {
    this.note("setRole", room, user, role);
  }
  async transferRoom(room: string, user: string) {
    this.note("transferRoom", room, user);
  }
  async ban(room: string, user: string) {
    this.note("ban", room, user);
  }
  async unban(room: string, user: string) {
    this.note("unban", room, user);
  }
  async bans() {
    return [];
  }
  async createRoomInvite(room: string, limits: NewRoomInvite): Promise<RoomInviteItem> {
    this.note("createRoomInvite", room, limits);
    const expires_at = new Date(Date.now() + (limits.expires_in_s ?? 604_800) * 1_000).toISOString();
    const link = "recado://join/eyJzZXJ2ZXIiOiJodHRwczovL3JlY2Fkby5leGFtcGxlLm9yZyIsImNvZGUiOiIzZjljIn0";
    return { code: "3f9c", link, created_by: me, uses: 0, max_uses: limits.max_uses ?? null, expires_at };
  }
  async roomInvites() {
    return [];
  }
  async revokeRoomInvite(room: string, code: string) {
    this.note("revokeRoomInvite", room, code);
  }
  async joinByInvite(code: string) {
    this.note("joinByInvite", code);
    return "r-sierra";
  }
  async block(user: string) {
    this.note("block", user);
  }
  async unblock(user: string) {
    this.note("unblock", user);
  }
  async blockedPeople() {
    return [];
  }
}
