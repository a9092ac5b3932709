//! What the window may ask for: one table, from which come the Tauri commands and, in a test, the TypeScript functions.
//!
//! Each entry is a thin wrapper over the core's [`Client`](recado_core::client::Client); none decides anything. Arguments
//! cross by name in camelCase, a refusal is a [`Failure`]. Nothing here returns a token or a key.

#[cfg(test)]
mod typescript;

use recado_core::view::{
    BannedPerson, DirectoryItem, Event, Failure, MessageItem, MessageRef, NewAccount, Person, PersonProfile, ReadBy,
    RoomInfo, RoomInviteItem, SearchPage, ServerInfo, Startup, TimelineSnapshot,
};
use recado_protocol::{
    ChatType, MessageId, Role, RoomId, Seq, Timestamp, UserId,
    invite::NewRoomInvite,
    me::MyRoomPatch,
    message::Edit,
    room::RoomPatch,
    user::{Status, UserPatch},
};
use tauri::{State, ipc::Channel};

use crate::{
    preferences::{Language, Preferences},
    shell::Shell,
};

/// How long leaving a room can be undone.
const UNDO_MS: u32 = 5_000;

/// `fn name(shell, arg: Type, …) -> Type { body }`, with its docs, becomes an async command that may fail.
macro_rules! commands {
    ($(
        $(#[doc = $doc:literal])*
        fn $name:ident($shell:ident $(, $arg:ident: $type:ty)*) -> $output:ty $body:block
    )*) => {
        $(
            $(#[doc = $doc])*
            #[tauri::command]
            async fn $name($shell: State<'_, Shell> $(, $arg: $type)*) -> Result<$output, Failure> {
                $body
            }
        )*

        /// Answers the window's calls.
        pub(crate) fn handler() -> impl Fn(tauri::ipc::Invoke<tauri::Wry>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![start, $($name),*]
        }

        #[cfg(test)]
        fn describe(module: &mut typescript::Module) {
            $(
                module.function::<$output>(
                    stringify!($name),
                    &[$($doc),*],
                    &[$((stringify!($arg), typescript::Kind::of::<$type>())),*],
                );
            )*
        }
    };
}

/// Takes a snapshot of everything and subscribes the page to what follows; called on load and after [`Event::Lagged`]. By
/// hand, because a channel is no data.
#[tauri::command]
async fn start(shell: State<'_, Shell>, channel: Channel<Event>) -> Result<Startup, Failure> {
    shell.start(channel).await
}

commands! {
    /// Looks at a server before sign-in; answers its address as it will be used.
    fn check_server(shell, url: String) -> ServerInfo {
        shell.client().await?.check_server(&url).await
    }

    /// The user agreed, by name, to speak with this server without encryption.
    fn confirm_insecure_server(shell, url: String) -> () {
        shell.client().await?.confirm_insecure_server(&url).await
    }

    /// Makes an account and signs in; the session event follows.
    fn register(shell, url: String, account: NewAccount) -> () {
        shell.client().await?.register(&url, account).await
    }

    /// Signs in; the session event follows.
    fn sign_in(shell, url: String, username: String, password: String) -> () {
        shell.client().await?.sign_in(&url, &username, &password).await
    }

    /// Ends the session and wipes what is kept here; ask `outboxLen` first.
    fn sign_out(shell) -> () {
        shell.client().await?.sign_out().await
    }

    /// How many messages wait to be sent and would be lost by signing out.
    fn outbox_len(shell) -> usize {
        shell.client().await?.outbox_len().await
    }

    /// Reads the secrets again: null asks the system keyring (waits up to a minute for its dialog), a passphrase opens the vault.
    fn unlock(shell, passphrase: Option<String>) -> () {
        shell.client().await?.unlock(passphrase).await
    }

    /// Makes a vault for where there is no keyring, and goes on with it.
    fn new_passphrase(shell, passphrase: String) -> () {
        shell.client().await?.create_vault(&passphrase).await
    }

    /// For a cache that cannot be opened: sets the file aside and fetches everything anew; unsent messages stay.
    fn rebuild_cache(shell) -> () {
        shell.client().await?.rebuild_cache().await
    }

    /// Opens a room from the cache, around the first unread message; diffs follow as events.
    fn open_room(shell, room: RoomId) -> TimelineSnapshot {
        shell.client().await?.open_room(room).await
    }

    /// Opens a room at a message (`target` of the answer), with what is around it and the newest ones; gap items stand between.
    fn open_at(shell, room: RoomId, seq: Seq) -> TimelineSnapshot {
        shell.client().await?.open_at(room, seq).await
    }

    /// Opens a room at the first message at or after a time, or at its end where there is none.
    fn open_at_date(shell, room: RoomId, at: Timestamp) -> TimelineSnapshot {
        shell.client().await?.open_at_date(room, at).await
    }

    /// No room is open any more.
    fn close_room(shell) -> () {
        shell.client().await?.close_room().await
    }

    /// Brings older messages; they come as diffs.
    fn load_older(shell, room: RoomId) -> () {
        shell.client().await?.load_older(room).await
    }

    /// Fetches what a gap stands for; it comes as diffs.
    fn load_gap(shell, room: RoomId, key: String) -> () {
        shell.client().await?.load_gap(room, key).await
    }

    /// Puts a message into the outbox; answers its key once it is safe there.
    fn send_message(shell, room: RoomId, content: String, reply_to: Option<MessageId>) -> String {
        shell.client().await?.send_message(room, content, reply_to).await
    }

    /// Tries a refused message, or a refused change of one, again.
    fn retry_message(shell, room: RoomId, key: String) -> () {
        shell.client().await?.retry_message(room, key).await
    }

    /// Forgets a message that was not sent, or a change that was refused.
    fn discard_message(shell, room: RoomId, key: String) -> () {
        shell.client().await?.discard_message(room, key).await
    }

    /// Changes the text of an own message; `id` is its id or its item's key, as in all that change a message.
    fn edit_message(shell, room: RoomId, id: MessageRef, content: String) -> () {
        shell.client().await?.edit_message(room, id, content).await
    }

    /// Deletes a message for everyone; with `undoMs` only after that time. Answers the token that `undo` takes until then.
    fn delete_message(shell, room: RoomId, id: MessageRef, undo_ms: Option<u32>) -> String {
        shell.client().await?.delete_message(room, id, undo_ms).await
    }

    /// Takes back a deletion or a leaving that is held back; a conflict when it is too late.
    fn undo(shell, token: String) -> () {
        shell.client().await?.undo(token).await
    }

    /// What a message said before it was edited, oldest first; needs a connection.
    fn edit_history(shell, room: RoomId, id: MessageId) -> Vec<Edit> {
        shell.client().await?.edit_history(room, id).await
    }

    /// Gives or takes back a reaction.
    fn set_reaction(shell, room: RoomId, id: MessageRef, reaction_type: String, added: bool) -> () {
        shell.client().await?.set_reaction(room, id, reaction_type, added).await
    }

    /// Pins a message for everyone in the room, or takes its pin away.
    fn set_pinned(shell, room: RoomId, id: MessageRef, pinned: bool) -> () {
        shell.client().await?.set_pinned(room, id, pinned).await
    }

    /// The room's pinned messages, the last pinned first.
    fn pinned_messages(shell, room: RoomId) -> Vec<MessageItem> {
        shell.client().await?.pinned_messages(room).await
    }

    /// Moves one's own marker forward.
    fn mark_read(shell, room: RoomId, seq: Seq) -> () {
        shell.client().await?.mark_read(room, seq).await
    }

    /// One's own settings of a room: here at once, and offline; absent stays, null takes back.
    fn set_my_room(shell, room: RoomId, patch: MyRoomPatch) -> () {
        shell.client().await?.set_my_room(room, patch).await
    }

    /// Moves one's own markers of all rooms to their ends.
    fn mark_all_read(shell) -> () {
        shell.client().await?.mark_all_read().await
    }

    /// Sets one's own marker back, so that the message at `seq` is the first unread one.
    fn mark_unread(shell, room: RoomId, seq: Seq) -> () {
        shell.client().await?.mark_unread(room, seq).await
    }

    /// Who of the others has read a message, in rooms of up to 50 people.
    fn read_by(shell, room: RoomId, id: MessageId) -> Vec<ReadBy> {
        shell.client().await?.read_by(room, id).await
    }

    /// Whether others are told one's read markers, and oneself theirs; needs a connection.
    fn read_receipts(shell) -> bool {
        shell.client().await?.read_receipts().await
    }

    /// Tells one's read markers or not; who does not is not told others' either. Needs a connection.
    fn set_read_receipts(shell, on: bool) -> () {
        shell.client().await?.set_read_receipts(on).await
    }

    /// Says that one types, or no longer; may be called at every key.
    fn set_typing(shell, room: RoomId, typing: bool) -> () {
        shell.client().await?.set_typing(room, typing).await
    }

    /// Keeps what is typed and not sent.
    fn save_draft(shell, room: RoomId, text: String) -> () {
        shell.client().await?.save_draft(room, text).await
    }

    /// Messages that are held here, the latest first, of all rooms or one; for every key that is typed. `cursor` is `next` of the
    /// page before. A bad filter is `invalid_request` with the filter's name in `field`.
    fn search_messages(shell, query: String, room: Option<RoomId>, cursor: Option<String>) -> SearchPage {
        shell.client().await?.search_messages(query, room, cursor).await
    }

    /// The same with what the server finds, each message once, to be shown in its place; for when one pauses, and not where the first
    /// answer was complete. Without a connection it is the first answer, and says so.
    fn search_server(shell, query: String, room: Option<RoomId>, cursor: Option<String>) -> SearchPage {
        shell.client().await?.search_server(query, room, cursor).await
    }

    /// People by name: the server's when online, else those known here.
    fn search_people(shell, query: String) -> Vec<Person> {
        shell.client().await?.search_people(&query).await
    }

    /// Makes a room; a private one has exactly one other person.
    fn create_room(shell, name: Option<String>, chat_type: ChatType, participants: Vec<UserId>) -> RoomId {
        shell.client().await?.create_room(name, chat_type, participants).await
    }

    /// Communities that one may join.
    fn directory(shell, query: String) -> Vec<DirectoryItem> {
        shell.client().await?.directory(&query).await
    }

    /// Joins a community.
    fn join_room(shell, room: RoomId) -> () {
        shell.client().await?.join_room(room).await
    }

    /// What is known of a room, who is in it, and what one may do there; to be asked again when its line in the list changes.
    fn room_info(shell, room: RoomId) -> RoomInfo {
        shell.client().await?.room_info(room).await
    }

    /// Changes a room for everyone: absent stays, null takes back. Needs a connection, as all that follows about rooms does.
    fn set_room(shell, room: RoomId, patch: RoomPatch) -> () {
        shell.client().await?.set_room(room, patch).await
    }

    /// Adds somebody to a room.
    fn add_participant(shell, room: RoomId, user: UserId) -> () {
        shell.client().await?.add_participant(room, user).await
    }

    /// Takes somebody out of a room.
    fn remove_participant(shell, room: RoomId, user: UserId) -> () {
        shell.client().await?.remove_participant(room, user).await
    }

    /// Gives somebody another role, up to one's own.
    fn set_role(shell, room: RoomId, user: UserId, role: Role) -> () {
        shell.client().await?.set_role(room, user, role).await
    }

    /// Hands a room over; one stays as an admin.
    fn transfer_room(shell, room: RoomId, user: UserId) -> () {
        shell.client().await?.transfer_room(room, user).await
    }

    /// Takes somebody out and keeps them out.
    fn ban(shell, room: RoomId, user: UserId) -> () {
        shell.client().await?.ban(room, user).await
    }

    /// Lets somebody come again.
    fn unban(shell, room: RoomId, user: UserId) -> () {
        shell.client().await?.unban(room, user).await
    }

    /// Makes a link by which others join a room: for seven days and as often as one likes, unless limits are given.
    fn create_room_invite(shell, room: RoomId, limits: NewRoomInvite) -> RoomInviteItem {
        shell.client().await?.create_room_invite(room, limits).await
    }

    /// Links to a room that can still be used.
    fn room_invites(shell, room: RoomId) -> Vec<RoomInviteItem> {
        shell.client().await?.room_invites(room).await
    }

    /// A link leads nowhere any more.
    fn revoke_room_invite(shell, room: RoomId, code: String) -> () {
        shell.client().await?.revoke_room_invite(room, &code).await
    }

    /// Joins the room of an invite to the server that one is signed in to; ask before.
    fn join_by_invite(shell, code: String) -> RoomId {
        shell.client().await?.join_by_invite(&code).await
    }

    /// Who is kept out of a room.
    fn bans(shell, room: RoomId) -> Vec<BannedPerson> {
        shell.client().await?.bans(room).await
    }

    /// Leaves a room: out of the list at once, also offline, on the server after five seconds; answers what `undo` takes until then.
    fn leave_room(shell, room: RoomId) -> String {
        shell.client().await?.leave_room(room, Some(UNDO_MS)).await
    }

    /// How one wants to be seen on all one's devices: `online`, `dnd` or `invisible`; also offline.
    fn set_presence(shell, status: Status) -> () {
        shell.client().await?.set_presence(status).await
    }

    /// Somebody is at the device (a key, the pointer); after ten minutes without this one is away. Every few seconds is often enough.
    fn user_active(shell) -> () {
        shell.client().await?.user_active().await
    }

    /// What is known here of a person, also of oneself.
    fn person_profile(shell, user: UserId) -> PersonProfile {
        shell.client().await?.person_profile(user).await
    }

    /// Changes one's own profile: absent stays, null takes back. Needs a connection.
    fn set_profile(shell, patch: UserPatch) -> () {
        shell.client().await?.set_profile(patch).await
    }

    /// Nothing of theirs reaches one any more; they are not told. Needs a connection, as the next two do.
    fn block(shell, user: UserId) -> () {
        shell.client().await?.block(user).await
    }

    /// They reach one again from their next message on.
    fn unblock(shell, user: UserId) -> () {
        shell.client().await?.unblock(user).await
    }

    /// Whom one blocks.
    fn blocked_people(shell) -> Vec<Person> {
        shell.client().await?.blocked_people().await
    }

    /// Switches the connection off or on.
    fn set_work_offline(shell, on: bool) -> () {
        shell.client().await?.set_work_offline(on).await
    }

    /// Connects at once instead of waiting.
    fn retry_now(shell) -> () {
        shell.client().await?.retry_now().await
    }

    /// The system says that the network changed (the window's `online` event).
    fn network_changed(shell) -> () {
        shell.client().await?.network_changed().await
    }

    /// What is on screen, and whether the page has the focus; decides what is notified and what counts as read.
    fn set_view(shell, room: Option<RoomId>, focused: bool) -> () {
        shell.set_view(room, focused);
        Ok(())
    }

    /// Opens a link outside; only http, https and mailto.
    fn open_link(shell, url: String) -> () {
        shell.open_link(&url)
    }

    /// Copies a text to the system's clipboard.
    fn copy_text(shell, text: String) -> () {
        shell.copy_text(text).await
    }

    /// The language of window and notifications; null follows the system.
    fn set_language(shell, language: Option<Language>) -> () {
        shell.set_language(language).await
    }

    /// What the user chose, and what this program is.
    fn preferences(shell) -> Preferences {
        shell.preferences().await
    }
}
