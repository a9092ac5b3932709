// Generated from src-tauri/src/commands.rs; do not edit. To write it anew:
//   RECADO_WRITE_GENERATED=1 cargo test -p recado-desktop generated

import { Channel, invoke } from "@tauri-apps/api/core";

/**
 * What somebody may want to do in a room.
 */
export type Action = "post" | "react" | "edit_own" | "delete_own" | "delete_others" | "read_edits_of_others" | "pin" | "mention_room" | "change_room" | "delete_room" | "add_participant" | "remove_participant" | "invite" | "ban" | "change_role" | "transfer" | "archive" | "leave";

/**
 * What is drawn behind a chat.
 */
export type Background = "paper" | "dots" | "lines" | "grid" | "waves" | "dawn" | "dusk" | "forest";

/**
 * Somebody who is kept out of a room.
 */
export type BannedPerson = { person: Person, at: Timestamp, };

export type Change = "edit" | "delete" | "reaction" | "pin";

export type ChatType = "private" | "group" | "community";

/**
 * A colour by name; what it looks like in light and dark is the window's business.
 */
export type Colour = "red" | "orange" | "yellow" | "green" | "teal" | "blue" | "purple" | "pink" | "gray";

/**
 * Where the connection stands.
 */
export type Connection = { "state": "none" } | { "state": "connecting" } | { "state": "syncing" } | { "state": "online" } | { "state": "offline", attempt: number, retry_in_ms: number, } | { "state": "unreachable", retry_in_ms: number, } | { "state": "working_offline" };

/**
 * A few words, an emoji, or both; over at `until` without anybody's doing.
 */
export type CustomStatus = { emoji: string | null, text: string | null, until: Timestamp | null, };

/**
 * How far an own message has come.
 */
export type Delivery = { "state": "sending" } | { "state": "failed", failure: Failure, } | { "state": "sent" } | { "state": "read", by: number, };

/**
 * One step from a list to its next state; indices are those at the time of the step.
 */
export type Diff<T> = { "op": "insert", index: number, item: T, } | { "op": "update", index: number, item: T, } | { "op": "remove", index: number, } | { "op": "reset", items: Array<T>, };

/**
 * A community that one may join.
 */
export type DirectoryItem = { id: RoomId, name: string, participant_count: number, };

/**
 * A text that an edit replaced.
 */
export type Edit = { content: string, 
/**
 * When the edit replaced it.
 */
edited_at: Timestamp, };

/**
 * What happens, in order, on one stream.
 */
export type Event = { "type": "session", session: Session, } | { "type": "connection", connection: Connection, } | { "type": "presence", presence: Status, } | { "type": "rooms", diffs: Array<Diff<RoomItem>>, } | { "type": "timeline", room: RoomId, subscription: number, diffs: Array<Diff<TimelineItem>>, has_older: boolean, } | { "type": "open_room", room: RoomId, seq: number | null, } | { "type": "join_by_invite", server: string, code: string, 
/**
 * Hex SHA-256 of a self-signed server's certificate.
 */
fingerprint: string | null, 
/**
 * It leads to the server that one is signed in to.
 */
is_known: boolean, } | { "type": "lagged" };

/**
 * A change that the server refused; what it would have done is not shown. Stays until it is tried again or discarded, both by
 * its `key`.
 */
export type FailedChange = { key: string, change: Change, 
/**
 * The text that an edit would have given it.
 */
content: string | null, failure: Failure, };

/**
 * Something that went wrong, for the one who asked.
 */
export type Failure = { code: FailureCode, 
/**
 * In English, for logs; the window has its own words for each code.
 */
message: string, 
/**
 * The field of the form that is wrong.
 */
field: string | null, retry_after_ms: number | null, };

/**
 * Every code of the server, and those that arise on this side.
 */
export type FailureCode = "invalid_request" | "empty_content" | "bad_credentials" | "unauthenticated" | "token_expired" | "forbidden" | "not_found" | "conflict" | "username_taken" | "too_large" | "rate_limited" | "unavailable" | "unreachable" | "not_recado" | "bad_address" | "insecure_server" | "offline" | "signed_out" | "session_ended" | "keyring_unavailable" | "wrong_passphrase" | "wrong_key" | "storage" | "internal";

/**
 * Part of a text that a query found, in UTF-16 code units, as JavaScript counts.
 */
export type Highlight = { start: number, 
/**
 * Exclusive.
 */
end: number, };

/**
 * A language that Recado speaks.
 */
export type Language = "en" | "es";

/**
 * Why secrets cannot be read, and what helps.
 */
export type Lock = "keyring_locked" | "needs_new_passphrase" | "needs_passphrase" | "cache_unreadable";

/**
 * A message; stable over edits and deletion.
 */
export type MessageId = string;

export type MessageItem = { 
/**
 * Stable from echo to confirmation: `client_id` of own ones made here, else the id.
 */
key: string, 
/**
 * Null until the server has it.
 */
id: MessageId | null, seq: number | null, sender: Person, is_own: boolean, content: string, 
/**
 * What it says where it is only told of: one line of at most 160 characters, without marks and without what it hides.
 */
preview: string, message_type: MessageType, 
/**
 * Its content is a preview.
 */
reply_to: Quote | null, reactions: Array<Reaction>, pinned: Pinned | null, is_edited: boolean, is_deleted: boolean, recovered: boolean, system: SystemEvent | null, 
/**
 * Whom the event happened to.
 */
about: Person | null, at: Timestamp, delivery: Delivery | null, 
/**
 * A change to it that the server refused.
 */
failed: FailedChange | null, };

/**
 * Names a message: by its id or, since an own one has none until the server has it, by the key of its item.
 */
export type MessageRef = string;

export type MessageType = "text" | "image" | "video" | "audio" | "file" | "system";

/**
 * `PATCH /rooms/{id}/me` and the frame `set_my_room`: what is absent stays, null takes back.
 */
export type MyRoomPatch = { favourite?: boolean, notifications?: Notifications, muted_until?: Timestamp | null, nickname?: string | null, bubble_colour?: Colour | null, background?: Background | null, archived?: boolean, };

/**
 * The form *create account*.
 */
export type NewAccount = { username: string, password: string, display_name: string | null, invite: string | null, setup_code: string | null, };

/**
 * `POST /rooms/{id}/invites`.
 */
export type NewRoomInvite = { 
/**
 * Seconds; 7 days when absent.
 */
expires_in_s?: number, 
/**
 * How often it may be used; as often as one likes when absent.
 */
max_uses?: number, };

/**
 * Which messages of a room deserve a notification.
 */
export type Notifications = "all" | "mentions" | "none";

/**
 * Somebody in a room.
 */
export type Participant = { person: Person, role: Role, 
/**
 * Null where it is not watched.
 */
status: Status | null, last_seen_at: Timestamp | null, 
/**
 * Whether one may remove them, keep them out, or change their role.
 */
may_manage: boolean, };

/**
 * A person, as lists and names show them.
 */
export type Person = { id: UserId, username: string, display_name: string, };

/**
 * All that is known of a person.
 */
export type PersonProfile = { person: Person, about: string | null, 
/**
 * By the IANA's name.
 */
time_zone: string | null, 
/**
 * What they are about just now.
 */
custom_status: CustomStatus | null, 
/**
 * How present they are; null where it is not watched. Of oneself, what one chose.
 */
status: Status | null, last_seen_at: Timestamp | null, 
/**
 * One does not want to hear from them.
 */
is_blocked: boolean, };

/**
 * Who pinned a message, and when.
 */
export type Pinned = { by: Person, at: Timestamp, };

/**
 * Answer of the command `preferences`.
 */
export type Preferences = { 
/**
 * Null follows the system.
 */
language: Language | null, 
/**
 * What the system is set to, as far as it is one of ours; English otherwise.
 */
system_language: Language, 
/**
 * The name given by `--profile`.
 */
profile: string, 
/**
 * The program's version.
 */
version: string, };

/**
 * The last message, short.
 */
export type Preview = { sender: Person, is_own: boolean, 
/**
 * One line of at most 160 characters, without marks and without what the message hides.
 */
content: string, message_type: MessageType, is_deleted: boolean, system: SystemEvent | null, 
/**
 * Whom the event happened to.
 */
about: Person | null, at: Timestamp, 
/**
 * Of an own message.
 */
delivery: Delivery | null, };

/**
 * The message that is replied to. A deleted one keeps its place here too, with empty content.
 */
export type Quote = { id: MessageId, sender: User, content: string, message_type: MessageType, seq: number, is_deleted: boolean, };

/**
 * Who reacted with one emoji, in the order in which they did.
 */
export type Reaction = { reaction_type: string, user_ids: Array<UserId>, };

/**
 * Somebody who has read a message.
 */
export type ReadBy = { person: Person, 
/**
 * By then at the latest; null where it is not known.
 */
at: Timestamp | null, };

export type Registration = "open" | "invite" | "closed";

/**
 * From least to most: a comparison is a comparison of power.
 */
export type Role = "member" | "admin" | "owner";

/**
 * Settings of a room that changed, or somebody's role; what is absent did not, null was taken back.
 */
export type RoomChange = { name?: string | null, topic?: string | null, description?: string | null, colour?: Colour | null, members_may_invite?: boolean, user_id?: UserId | null, role?: Role | null, };

/**
 * A room.
 */
export type RoomId = string;

/**
 * All that is known of a room, for its page of information.
 */
export type RoomInfo = { id: RoomId, chat_type: ChatType, title: string, topic: string | null, description: string | null, colour: Colour | null, members_may_invite: boolean, created_at: Timestamp, my_role: Role, 
/**
 * What one may do here; `invite` also where members may.
 */
may: Array<Action>, 
/**
 * By role, then by name.
 */
participants: Array<Participant>, };

/**
 * A link by which others join a room.
 */
export type RoomInviteItem = { code: string, 
/**
 * `recado://join/…`, to be given to others.
 */
link: string, created_by: Person, uses: number, 
/**
 * Null: as often as one likes.
 */
max_uses: number | null, expires_at: Timestamp, };

/**
 * One line of the room list.
 */
export type RoomItem = { id: RoomId, chat_type: ChatType, 
/**
 * The room's name, or the other person's in a private room.
 */
title: string, 
/**
 * The other person of a private room.
 */
peer: Person | null, 
/**
 * How present `peer` is; null where unknown or not private.
 */
status: Status | null, 
/**
 * When `peer` was last there, where they are offline and it is known.
 */
last_seen_at: Timestamp | null, 
/**
 * What `peer` is about just now.
 */
custom_status: CustomStatus | null, last_message: Preview | null, 
/**
 * What the list is ordered by, newest first, behind the favourites.
 */
last_activity: Timestamp, unread: number, mentions: number, 
/**
 * Nothing is notified now: by level, or until `muted_until`.
 */
muted: boolean, 
/**
 * What the room is about just now.
 */
topic: string | null, colour: Colour | null, 
/**
 * Text that was typed and not sent.
 */
draft: string | null, 
/**
 * Who types now, by display name.
 */
typing: Array<string>, participant_count: number, favourite: boolean, notifications: Notifications, 
/**
 * Until then nothing is notified, whatever `notifications` says; afterwards it counts again, without anybody's doing.
 */
muted_until: Timestamp | null, 
/**
 * What one calls the other person of a private room.
 */
nickname: string | null, 
/**
 * Of one's own bubbles.
 */
bubble_colour: Colour | null, background: Background | null, 
/**
 * Out of sight until somebody writes.
 */
archived: boolean, };

/**
 * `PATCH /rooms/{id}`: what is absent stays, null takes back.
 */
export type RoomPatch = { name?: string, topic?: string | null, description?: string | null, colour?: Colour | null, members_may_invite?: boolean, };

/**
 * A message that was found; `room` and `seq` say where to open.
 */
export type SearchHit = { message: MessageId, room: RoomId, room_title: string, seq: number, sender: Person, is_own: boolean, at: Timestamp, message_type: MessageType, is_pinned: boolean, 
/**
 * One line around what was found, at most 162 characters, without marks and without what the message hides.
 */
snippet: string, 
/**
 * What was found in it.
 */
highlights: Array<Highlight>, };

/**
 * Messages that were found, the latest first.
 */
export type SearchPage = { hits: Array<SearchHit>, 
/**
 * What brings the next page, from here or from the server; null when there is none.
 */
next: string | null, 
/**
 * All that one may read was searched: by the server, or here where everything is held.
 */
is_complete: boolean, 
/**
 * The server was to be asked and could not be reached: these are from here alone.
 */
is_offline: boolean, };

/**
 * What a server tells before sign-in (`GET /api/v1/server`).
 */
export type ServerInfo = { 
/**
 * The address as it will be used, normalised.
 */
url: string, name: string, version: string, registration: Registration, 
/**
 * There is no account yet: the first one needs the setup code (not when registration is open) and is the admin.
 */
is_new: boolean, needs_setup_code: boolean, };

/**
 * Who is signed in.
 */
export type Session = { "state": "signed_out", 
/**
 * What to fill in: the last or the given server.
 */
server: string | null, 
/**
 * Why, when it was not the user.
 */
reason: SignOutReason | null, } | { "state": "locked", lock: Lock, } | { "state": "signed_in", me: Person, server: string, is_admin: boolean, };

export type SignOutReason = "session_ended";

/**
 * All that the first paint needs.
 */
export type Startup = { session: Session, connection: Connection, 
/**
 * How one wants to be seen.
 */
presence: Status, rooms: Array<RoomItem>, 
/**
 * The room that was open last, already opened, from the cache.
 */
timeline: TimelineSnapshot | null, };

/**
 * How present a person is. Others are never told `invisible`, and room sockets only `online` and `offline`.
 */
export type Status = "online" | "away" | "dnd" | "invisible" | "offline";

/**
 * What a system message tells; its `content` is the event's name.
 */
export type SystemEvent = { "event": "participant_joined", user_id: UserId, } | { "event": "participant_left", user_id: UserId, } | { "event": "participant_removed", user_id: UserId, } | { "event": "room_changed" } & RoomChange;

/**
 * One row of a timeline.
 */
export type TimelineItem = { "kind": "message" } & MessageItem | { "kind": "gap", key: string, };

/**
 * What opening a room gives; diffs for it follow as [`Event::Timeline`].
 */
export type TimelineSnapshot = { room: RoomId, 
/**
 * Names this opening; events of an earlier one are to be ignored.
 */
subscription: number, items: Array<TimelineItem>, 
/**
 * Whether older messages exist, here or on the server.
 */
has_older: boolean, 
/**
 * Key of the first message of others after one's marker when the room was opened.
 */
first_unread: string | null, 
/**
 * Key of the message that was jumped to; a gap may stand before and behind the messages around it.
 */
target: string | null, draft: string, participants: Array<Person>, };

/**
 * Milliseconds since the Unix epoch, UTC. On the wire `2026-01-31T23:59:59.123Z`.
 */
export type Timestamp = string;

/**
 * A person as others see them.
 */
export type User = { id: UserId, username: string, display_name: string, avatar_url: string | null, 
/**
 * In full user objects only, as is all that follows; absent where a message names its sender.
 */
is_admin?: boolean | null, 
/**
 * What they say of themselves.
 */
about?: string | null, 
/**
 * Where they are, by the IANA's name, such as `America/La_Paz`.
 */
time_zone?: string | null, 
/**
 * What they are about just now.
 */
status?: CustomStatus | null, 
/**
 * In the stream `people`; 0 where unknown.
 */
rev: number, };

/**
 * A person's account.
 */
export type UserId = string;

/**
 * `PATCH /me`: what is absent stays, null takes back.
 */
export type UserPatch = { 
/**
 * Whether others are told one's read markers, and oneself theirs.
 */
read_receipts?: boolean, display_name?: string, about?: string | null, time_zone?: string | null, status?: CustomStatus | null, };

/** Every call rejects with a `Failure`. */
export interface Commands {
  /** Takes a snapshot of everything and subscribes to what follows; called on load and after `lagged`. */
  start(onEvent: (event: Event) => void): Promise<Startup>;
  /** Looks at a server before sign-in; answers its address as it will be used. */
  checkServer(url: string): Promise<ServerInfo>;
  /** The user agreed, by name, to speak with this server without encryption. */
  confirmInsecureServer(url: string): Promise<void>;
  /** Makes an account and signs in; the session event follows. */
  register(url: string, account: NewAccount): Promise<void>;
  /** Signs in; the session event follows. */
  signIn(url: string, username: string, password: string): Promise<void>;
  /** Ends the session and wipes what is kept here; ask `outboxLen` first. */
  signOut(): Promise<void>;
  /** How many messages wait to be sent and would be lost by signing out. */
  outboxLen(): Promise<number>;
  /** Reads the secrets again: null asks the system keyring (waits up to a minute for its dialog), a passphrase opens the vault. */
  unlock(passphrase: string | null): Promise<void>;
  /** Makes a vault for where there is no keyring, and goes on with it. */
  newPassphrase(passphrase: string): Promise<void>;
  /** For a cache that cannot be opened: sets the file aside and fetches everything anew; unsent messages stay. */
  rebuildCache(): Promise<void>;
  /** Opens a room from the cache, around the first unread message; diffs follow as events. */
  openRoom(room: RoomId): Promise<TimelineSnapshot>;
  /** Opens a room at a message (`target` of the answer), with what is around it and the newest ones; gap items stand between. */
  openAt(room: RoomId, seq: number): Promise<TimelineSnapshot>;
  /** Opens a room at the first message at or after a time, or at its end where there is none. */
  openAtDate(room: RoomId, at: Timestamp): Promise<TimelineSnapshot>;
  /** No room is open any more. */
  closeRoom(): Promise<void>;
  /** Brings older messages; they come as diffs. */
  loadOlder(room: RoomId): Promise<void>;
  /** Fetches what a gap stands for; it comes as diffs. */
  loadGap(room: RoomId, key: string): Promise<void>;
  /** Puts a message into the outbox; answers its key once it is safe there. */
  sendMessage(room: RoomId, content: string, replyTo: MessageId | null): Promise<string>;
  /** Tries a refused message, or a refused change of one, again. */
  retryMessage(room: RoomId, key: string): Promise<void>;
  /** Forgets a message that was not sent, or a change that was refused. */
  discardMessage(room: RoomId, key: string): Promise<void>;
  /** Changes the text of an own message; `id` is its id or its item's key, as in all that change a message. */
  editMessage(room: RoomId, id: MessageRef, content: string): Promise<void>;
  /** Deletes a message for everyone; with `undoMs` only after that time. Answers the token that `undo` takes until then. */
  deleteMessage(room: RoomId, id: MessageRef, undoMs: number | null): Promise<string>;
  /** Takes back a deletion or a leaving that is held back; a conflict when it is too late. */
  undo(token: string): Promise<void>;
  /** What a message said before it was edited, oldest first; needs a connection. */
  editHistory(room: RoomId, id: MessageId): Promise<Array<Edit>>;
  /** Gives or takes back a reaction. */
  setReaction(room: RoomId, id: MessageRef, reactionType: string, added: boolean): Promise<void>;
  /** Pins a message for everyone in the room, or takes its pin away. */
  setPinned(room: RoomId, id: MessageRef, pinned: boolean): Promise<void>;
  /** The room's pinned messages, the last pinned first. */
  pinnedMessages(room: RoomId): Promise<Array<MessageItem>>;
  /** Moves one's own marker forward. */
  markRead(room: RoomId, seq: number): Promise<void>;
  /** One's own settings of a room: here at once, and offline; absent stays, null takes back. */
  setMyRoom(room: RoomId, patch: MyRoomPatch): Promise<void>;
  /** Moves one's own markers of all rooms to their ends. */
  markAllRead(): Promise<void>;
  /** Sets one's own marker back, so that the message at `seq` is the first unread one. */
  markUnread(room: RoomId, seq: number): Promise<void>;
  /** Who of the others has read a message, in rooms of up to 50 people. */
  readBy(room: RoomId, id: MessageId): Promise<Array<ReadBy>>;
  /** Whether others are told one's read markers, and oneself theirs; needs a connection. */
  readReceipts(): Promise<boolean>;
  /** Tells one's read markers or not; who does not is not told others' either. Needs a connection. */
  setReadReceipts(on: boolean): Promise<void>;
  /** Says that one types, or no longer; may be called at every key. */
  setTyping(room: RoomId, typing: boolean): Promise<void>;
  /** Keeps what is typed and not sent. */
  saveDraft(room: RoomId, text: string): Promise<void>;
  /** Messages that are held here, the latest first, of all rooms or one; for every key that is typed. `cursor` is `next` of the
   * page before. A bad filter is `invalid_request` with the filter's name in `field`. */
  searchMessages(query: string, room: RoomId | null, cursor: string | null): Promise<SearchPage>;
  /** The same with what the server finds, each message once, to be shown in its place; for when one pauses, and not where the first
   * answer was complete. Without a connection it is the first answer, and says so. */
  searchServer(query: string, room: RoomId | null, cursor: string | null): Promise<SearchPage>;
  /** People by name: the server's when online, else those known here. */
  searchPeople(query: string): Promise<Array<Person>>;
  /** Makes a room; a private one has exactly one other person. */
  createRoom(name: string | null, chatType: ChatType, participants: Array<UserId>): Promise<RoomId>;
  /** Communities that one may join. */
  directory(query: string): Promise<Array<DirectoryItem>>;
  /** Joins a community. */
  joinRoom(room: RoomId): Promise<void>;
  /** What is known of a room, who is in it, and what one may do there; to be asked again when its line in the list changes. */
  roomInfo(room: RoomId): Promise<RoomInfo>;
  /** Changes a room for everyone: absent stays, null takes back. Needs a connection, as all that follows about rooms does. */
  setRoom(room: RoomId, patch: RoomPatch): Promise<void>;
  /** Adds somebody to a room. */
  addParticipant(room: RoomId, user: UserId): Promise<void>;
  /** Takes somebody out of a room. */
  removeParticipant(room: RoomId, user: UserId): Promise<void>;
  /** Gives somebody another role, up to one's own. */
  setRole(room: RoomId, user: UserId, role: Role): Promise<void>;
  /** Hands a room over; one stays as an admin. */
  transferRoom(room: RoomId, user: UserId): Promise<void>;
  /** Takes somebody out and keeps them out. */
  ban(room: RoomId, user: UserId): Promise<void>;
  /** Lets somebody come again. */
  unban(room: RoomId, user: UserId): Promise<void>;
  /** Makes a link by which others join a room: for seven days and as often as one likes, unless limits are given. */
  createRoomInvite(room: RoomId, limits: NewRoomInvite): Promise<RoomInviteItem>;
  /** Links to a room that can still be used. */
  roomInvites(room: RoomId): Promise<Array<RoomInviteItem>>;
  /** A link leads nowhere any more. */
  revokeRoomInvite(room: RoomId, code: string): Promise<void>;
  /** Joins the room of an invite to the server that one is signed in to; ask before. */
  joinByInvite(code: string): Promise<RoomId>;
  /** Who is kept out of a room. */
  bans(room: RoomId): Promise<Array<BannedPerson>>;
  /** Leaves a room: out of the list at once, also offline, on the server after five seconds; answers what `undo` takes until then. */
  leaveRoom(room: RoomId): Promise<string>;
  /** How one wants to be seen on all one's devices: `online`, `dnd` or `invisible`; also offline. */
  setPresence(status: Status): Promise<void>;
  /** Somebody is at the device (a key, the pointer); after ten minutes without this one is away. Every few seconds is often enough. */
  userActive(): Promise<void>;
  /** What is known here of a person, also of oneself. */
  personProfile(user: UserId): Promise<PersonProfile>;
  /** Changes one's own profile: absent stays, null takes back. Needs a connection. */
  setProfile(patch: UserPatch): Promise<void>;
  /** Nothing of theirs reaches one any more; they are not told. Needs a connection, as the next two do. */
  block(user: UserId): Promise<void>;
  /** They reach one again from their next message on. */
  unblock(user: UserId): Promise<void>;
  /** Whom one blocks. */
  blockedPeople(): Promise<Array<Person>>;
  /** Switches the connection off or on. */
  setWorkOffline(on: boolean): Promise<void>;
  /** Connects at once instead of waiting. */
  retryNow(): Promise<void>;
  /** The system says that the network changed (the window's `online` event). */
  networkChanged(): Promise<void>;
  /** What is on screen, and whether the page has the focus; decides what is notified and what counts as read. */
  setView(room: RoomId | null, focused: boolean): Promise<void>;
  /** Opens a link outside; only http, https and mailto. */
  openLink(url: string): Promise<void>;
  /** Copies a text to the system's clipboard. */
  copyText(text: string): Promise<void>;
  /** The language of window and notifications; null follows the system. */
  setLanguage(language: Language | null): Promise<void>;
  /** What the user chose, and what this program is. */
  preferences(): Promise<Preferences>;
}

export const commands: Commands = {
  start: async (onEvent) => {
    let early: Event[] | null = [];
    const channel = new Channel<Event>((event) => {
      if (early) early.push(event);
      else onEvent(event);
    });
    const startup = await invoke<Startup>("start", { channel });
    setTimeout(() => {
      const events = early ?? [];
      early = null;
      events.forEach(onEvent);
    });
    return startup;
  },
  checkServer: (url) => invoke("check_server", { url }),
  confirmInsecureServer: (url) => invoke("confirm_insecure_server", { url }),
  register: (url, account) => invoke("register", { url, account }),
  signIn: (url, username, password) => invoke("sign_in", { url, username, password }),
  signOut: () => invoke("sign_out"),
  outboxLen: () => invoke("outbox_len"),
  unlock: (passphrase) => invoke("unlock", { passphrase }),
  newPassphrase: (passphrase) => invoke("new_passphrase", { passphrase }),
  rebuildCache: () => invoke("rebuild_cache"),
  openRoom: (room) => invoke("open_room", { room }),
  openAt: (room, seq) => invoke("open_at", { room, seq }),
  openAtDate: (room, at) => invoke("open_at_date", { room, at }),
  closeRoom: () => invoke("close_room"),
  loadOlder: (room) => invoke("load_older", { room }),
  loadGap: (room, key) => invoke("load_gap", { room, key }),
  sendMessage: (room, content, replyTo) => invoke("send_message", { room, content, replyTo }),
  retryMessage: (room, key) => invoke("retry_message", { room, key }),
  discardMessage: (room, key) => invoke("discard_message", { room, key }),
  editMessage: (room, id, content) => invoke("edit_message", { room, id, content }),
  deleteMessage: (room, id, undoMs) => invoke("delete_message", { room, id, undoMs }),
  undo: (token) => invoke("undo", { token }),
  editHistory: (room, id) => invoke("edit_history", { room, id }),
  setReaction: (room, id, reactionType, added) => invoke("set_reaction", { room, id, reactionType, added }),
  setPinned: (room, id, pinned) => invoke("set_pinned", { room, id, pinned }),
  pinnedMessages: (room) => invoke("pinned_messages", { room }),
  markRead: (room, seq) => invoke("mark_read", { room, seq }),
  setMyRoom: (room, patch) => invoke("set_my_room", { room, patch }),
  markAllRead: () => invoke("mark_all_read"),
  markUnread: (room, seq) => invoke("mark_unread", { room, seq }),
  readBy: (room, id) => invoke("read_by", { room, id }),
  readReceipts: () => invoke("read_receipts"),
  setReadReceipts: (on) => invoke("set_read_receipts", { on }),
  setTyping: (room, typing) => invoke("set_typing", { room, typing }),
  saveDraft: (room, text) => invoke("save_draft", { room, text }),
  searchMessages: (query, room, cursor) => invoke("search_messages", { query, room, cursor }),
  searchServer: (query, room, cursor) => invoke("search_server", { query, room, cursor }),
  searchPeople: (query) => invoke("search_people", { query }),
  createRoom: (name, chatType, participants) => invoke("create_room", { name, chatType, participants }),
  directory: (query) => invoke("directory", { query }),
  joinRoom: (room) => invoke("join_room", { room }),
  roomInfo: (room) => invoke("room_info", { room }),
  setRoom: (room, patch) => invoke("set_room", { room, patch }),
  addParticipant: (room, user) => invoke("add_participant", { room, user }),
  removeParticipant: (room, user) => invoke("remove_participant", { room, user }),
  setRole: (room, user, role) => invoke("set_role", { room, user, role }),
  transferRoom: (room, user) => invoke("transfer_room", { room, user }),
  ban: (room, user) => invoke("ban", { room, user }),
  unban: (room, user) => invoke("unban", { room, user }),
  createRoomInvite: (room, limits) => invoke("create_room_invite", { room, limits }),
  roomInvites: (room) => invoke("room_invites", { room }),
  revokeRoomInvite: (room, code) => invoke("revoke_room_invite", { room, code }),
  joinByInvite: (code) => invoke("join_by_invite", { code }),
  bans: (room) => invoke("bans", { room }),
  leaveRoom: (room) => invoke("leave_room", { room }),
  setPresence: (status) => invoke("set_presence", { status }),
  userActive: () => invoke("user_active"),
  personProfile: (user) => invoke("person_profile", { user }),
  setProfile: (patch) => invoke("set_profile", { patch }),
  block: (user) => invoke("block", { user }),
  unblock: (user) => invoke("unblock", { user }),
  blockedPeople: () => invoke("blocked_people"),
  setWorkOffline: (on) => invoke("set_work_offline", { on }),
  retryNow: () => invoke("retry_now"),
  networkChanged: () => invoke("network_changed"),
  setView: (room, focused) => invoke("set_view", { room, focused }),
  openLink: (url) => invoke("open_link", { url }),
  copyText: (text) => invoke("copy_text", { text }),
  setLanguage: (language) => invoke("set_language", { language }),
  preferences: () => invoke("preferences"),
};
