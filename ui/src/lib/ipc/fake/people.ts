// The part of the fake core that is about people: how present they are and what they tell of themselves.
import type {
  BannedPerson,
  Event,
  NewRoomInvite,
  Participant,
  Person,
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

/** Who has read about themselves in the fake. */
const profiles: Record<string, Partial<PersonProfile>> = {
  "u-luz": {
    about: "Boats, maps, and bread on Sundays.\nCall before eight.",
    time_zone: "Asia/Tokyo",
    custom_status: { emoji: "⛵", text: "On the water", until: new Date(Date.now() + 5_400_000).toISOString() },
  },
  "u-ana": { about: "I keep the keys.", time_zone: "America/La_Paz" },
};

const statuses: Record<string, Status> = {
  "u-ana": "online",
  "u-luz": "online",
  "u-juan": "away",
  "u-marta": "dnd",
  "u-ivan": "offline",
};

const hour = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * hour).toISOString();

/** More people than one looks through. */
const crowd: Person[] = Array.from({ length: 30 }, (_, at) => ({
  id: `u-c${at}`,
  username: `crew${at + 1}`,
  display_name: `Crew ${at + 1}`,
}));

export abstract class FakePeople {
  calls: [string, ...unknown[]][] = [];
  #roles = new Map<string, Role>();
  /** Whoever is in no group. */
  #gone = new Set(["u-noor"]);
  #invites: RoomInviteItem[] = [];
  #banned: BannedPerson[] = [];
  #blocked = new Set<string>();
  #mine: Pick<PersonProfile, "about" | "time_zone" | "custom_status"> & { name: string } = {
    name: me.display_name,
    about: profiles[me.id]?.about ?? null,
    time_zone: profiles[me.id]?.time_zone ?? null,
    custom_status: null,
  };
  #presence: Status = "online";

  protected note(name: string, ...args: unknown[]): void {
    this.calls.push([name, ...args]);
  }

  abstract emit(event: Event): void;
  protected abstract is(state: string): boolean;
  protected abstract room(id: string): RoomItem | undefined;
  protected abstract change(id: string, to: Partial<RoomItem>): void;

  /** What needs a server. */
  async #remote(name: string, ...args: unknown[]): Promise<void> {
    this.note(name, ...args);
    if (this.is("offline")) throw failure("offline");
    if (this.is("refused")) throw failure("forbidden");
  }

  async setPresence(status: Status) {
    this.note("setPresence", status);
    if (this.is("refused")) throw failure("storage");
    this.#presence = status;
    this.emit({ type: "presence", presence: status });
  }
  async userActive() {
    this.note("userActive");
  }
  async personProfile(user: string): Promise<PersonProfile> {
    if (this.is("broken-info")) throw failure("storage");
    const person = [...Object.values(people), ...crowd].find((known) => known.id === user);
    if (!person) throw failure("not_found");
    const { name, ...mine } = this.#mine;
    return {
      person: user === me.id ? { ...person, display_name: name } : person,
      about: null,
      time_zone: null,
      custom_status: null,
      status: user === me.id ? this.#presence : (statuses[user] ?? null),
      last_seen_at: user === "u-ivan" ? ago(30) : null,
      is_blocked: this.#blocked.has(user),
      ...profiles[user],
      ...(user === me.id ? mine : {}),
    };
  }
  async setProfile(patch: UserPatch) {
    await this.#remote("setProfile", patch);
    const { display_name, status, about, time_zone } = patch;
    if (display_name !== undefined) {
      this.#mine.name = display_name;
      const session = { state: "signed_in", me: { ...me, display_name }, is_admin: true } as const;
      this.emit({ type: "session", session: { ...session, server: "https://recado.example.org" } });
    }
    if (about !== undefined) this.#mine.about = about;
    if (time_zone !== undefined) this.#mine.time_zone = time_zone;
    if (status !== undefined) this.#mine.custom_status = status;
  }
  async roomInfo(room: string): Promise<RoomInfo> {
    const item = this.room(room);
    if (this.is("slow-info")) await new Promise(() => undefined);
    if (this.is("broken-info")) throw failure("storage");
    if (!item) throw failure("not_found");
    const isPrivate = item.chat_type === "private";
    const my_role = this.#roles.get(me.id) ?? (this.is("member") ? "member" : "owner");
    const others = isPrivate
      ? [item.peer ?? people.luz]
      : [...Object.values(people).slice(1), ...(item.chat_type === "community" ? crowd : [])];
    const order: Role[] = ["owner", "admin", "member"];
    const participants: Participant[] = [me, ...others]
      .filter((person) => !this.#gone.has(person.id))
      .map((person) => {
        const usual = person.id === me.id ? my_role : person.id === "u-marta" ? "admin" : "member";
        return {
          person,
          role: this.#roles.get(person.id) ?? (isPrivate ? "member" : usual),
          status: statuses[person.id] ?? null,
          last_seen_at: person.id === "u-ivan" ? ago(30) : null,
          may_manage: person.id !== me.id && my_role !== "member" && !isPrivate,
        };
      });
    const admin = [
      "pin",
      "mention_room",
      "delete_others",
      "read_edits_of_others",
      "change_room",
      "add_participant",
      "remove_participant",
      "invite",
      "ban",
      "change_role",
    ] as const;
    return {
      id: item.id,
      chat_type: item.chat_type,
      title: item.title,
      topic: item.topic,
      description: isPrivate
        ? null
        : "Who comes, who drives, who brings the stove.\n\nThe map: https://example.org/maps",
      colour: item.colour,
      members_may_invite: false,
      created_at: item.last_activity,
      my_role,
      may: [
        "post",
        "react",
        "archive",
        "leave",
        ...(isPrivate ? (["pin"] as const) : []),
        ...(isPrivate || my_role === "member" ? [] : admin),
        ...(my_role === "owner" && !isPrivate ? (["transfer"] as const) : []),
      ],
      participants: participants.sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role)),
    };
  }
  async setRoom(room: string, patch: RoomPatch) {
    await this.#remote("setRoom", room, patch);
    if (patch.name === "taken") throw failure("invalid_request", "name");
    const { name, topic, colour } = patch;
    this.change(room, {
      ...(name === undefined ? {} : { title: name }),
      ...(topic === undefined ? {} : { topic }),
      ...(colour === undefined ? {} : { colour }),
    });
  }
  async addParticipant(room: string, user: string) {
    await this.#remote("addParticipant", room, user);
    this.#gone.delete(user);
  }
  async removeParticipant(room: string, user: string) {
    await this.#remote("removeParticipant", room, user);
    this.#gone.add(user);
  }
  async setRole(room: string, user: string, role: Role) {
    await this.#remote("setRole", room, user, role);
    this.#roles.set(user, role);
  }
  async transferRoom(room: string, user: string) {
    await this.#remote("transferRoom", room, user);
    this.#roles.set(user, "owner");
    this.#roles.set(me.id, "admin");
  }
  async ban(room: string, user: string) {
    await this.#remote("ban", room, user);
    this.#gone.add(user);
    const person = Object.values(people).find((known) => known.id === user);
    if (person) this.#banned.push({ person, at: new Date().toISOString() });
  }
  async unban(room: string, user: string) {
    await this.#remote("unban", room, user);
    this.#banned = this.#banned.filter(({ person }) => person.id !== user);
  }
  async bans() {
    await this.#remote("bans");
    return this.is("banned") ? [...this.#banned, { person: people.ivan, at: ago(50) }] : this.#banned;
  }
  async createRoomInvite(room: string, limits: NewRoomInvite): Promise<RoomInviteItem> {
    await this.#remote("createRoomInvite", room, limits);
    const expires_at = new Date(Date.now() + (limits.expires_in_s ?? 604_800) * 1_000).toISOString();
    const code = `3f9c${this.#invites.length}`;
    const encoded = btoa(JSON.stringify({ server: "https://recado.example.org", code })).replaceAll("=", "");
    const link = `recado://join/${encoded}`;
    const made = { code, link, created_by: me, uses: 0, max_uses: limits.max_uses ?? null, expires_at };
    this.#invites.unshift(made);
    return made;
  }
  async roomInvites() {
    await this.#remote("roomInvites");
    const made = { code: "77aa", link: "recado://join/x", created_by: people.luz, uses: 2, max_uses: 5 };
    return this.is("invited") ? [...this.#invites, { ...made, expires_at: ago(-40) }] : [...this.#invites];
  }
  async revokeRoomInvite(room: string, code: string) {
    await this.#remote("revokeRoomInvite", room, code);
    this.#invites = this.#invites.filter((invite) => invite.code !== code);
  }
  async joinByInvite(code: string) {
    await this.#remote("joinByInvite", code);
    if (code === "expired") throw failure("forbidden");
    return "r-sierra";
  }
  async block(user: string) {
    await this.#remote("block", user);
    this.#blocked.add(user);
  }
  async unblock(user: string) {
    await this.#remote("unblock", user);
    this.#blocked.delete(user);
  }
  async blockedPeople() {
    await this.#remote("blockedPeople");
    const all = this.is("blocking") ? [...this.#blocked, "u-ivan"] : [...this.#blocked];
    return Object.values(people).filter((person) => all.includes(person.id));
  }
}
