//! Accounts, sessions and invites.

use recado_protocol::{
    RoomId, SessionId, Timestamp, User, UserId,
    auth::{Invite, NewInvite},
    permission::{self, Action},
    room::Role,
    user::Session,
};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use super::{
    RoomAccess, Store,
    profile::{next_people_rev, tell_person},
    roles::hand_on_all,
    rooms, rows,
    writer::Tx,
};
use crate::{Error, error::Result, event::Event};

/// What lets a newcomer in.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    /// Registration is open to everyone.
    pub is_open: bool,
    /// Registration by invite is possible.
    pub takes_invites: bool,
    pub invite: Option<String>,
    /// The setup code was right: counts for the very first account.
    pub has_setup_code: bool,
    /// Made by the admin's command: always admitted.
    pub by_command: bool,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub username: String,
    pub display_name: String,
    pub password_hash: String,
    pub is_admin: bool,
}

/// An account as sign-in needs it.
#[derive(Clone, Debug)]
pub struct Account {
    pub user: User,
    pub password_hash: String,
    pub is_disabled: bool,
}

/// A session as tokens need it.
#[derive(Clone, Debug)]
pub struct SessionState {
    pub id: SessionId,
    pub user: User,
    pub generation: i64,
    pub nonce_hash: Vec<u8>,
    pub ended: bool,
    pub is_disabled: bool,
}

impl SessionState {
    pub fn lives(&self) -> bool {
        !self.ended && !self.is_disabled
    }
}

impl Store {
    /// Makes an account; the first one is the admin.
    pub async fn register(&self, new: NewUser, admission: Admission) -> Result<User> {
        self.write(move |tx| Box::pin(register(tx, new, admission))).await
    }

    /// Whether there is any account.
    pub async fn has_users(&self) -> Result<bool> {
        let mut tx = self.snapshot().await?;
        Ok(sqlx::query("SELECT 1 FROM users LIMIT 1").fetch_optional(&mut *tx).await?.is_some())
    }

    pub async fn account(&self, username: &str) -> Result<Option<Account>> {
        let mut tx = self.snapshot().await?;
        account(&mut tx, rows::select_user!("WHERE u.username_key = ?"), username.to_lowercase(), self.now()).await
    }

    pub async fn account_of(&self, user: UserId) -> Result<Option<Account>> {
        let mut tx = self.snapshot().await?;
        account(&mut tx, rows::select_user!("WHERE u.id = ?"), user.as_bytes().to_vec(), self.now()).await
    }

    /// People whose name begins with or holds the query, by display name.
    pub async fn users(&self, query: &str, limit: i64) -> Result<Vec<User>> {
        let mut tx = self.snapshot().await?;
        let pattern = format!("%{}%", rooms::escaped(query.trim().trim_start_matches('@')));
        let found = sqlx::query(rows::select_user!(
            "WHERE u.is_disabled = 0 AND (u.username LIKE ?1 ESCAPE '\\' OR u.display_name LIKE ?1 ESCAPE '\\') \
             ORDER BY u.display_name, u.username LIMIT ?2"
        ))
        .bind(pattern)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?;
        found.iter().map(|row| rows::full_user(row, self.now())).collect()
    }

    /// Every account, for the admin's list: name, display name, admin, disabled.
    pub async fn all_accounts(&self) -> Result<Vec<(User, bool)>> {
        let mut tx = self.snapshot().await?;
        let found = sqlx::query(rows::select_user!("ORDER BY u.username_key")).fetch_all(&mut *tx).await?;
        found.iter().map(|row| Ok((rows::full_user(row, self.now())?, row.try_get("is_disabled")?))).collect()
    }

    /// Sets the password; all other sessions end.
    pub async fn set_password(&self, user: UserId, password_hash: String, except: Option<SessionId>) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query("UPDATE users SET password_hash = ? WHERE id = ?")
                    .bind(password_hash)
                    .bind(user.as_bytes().as_slice())
                    .execute(&mut tx.conn)
                    .await?;
                end_sessions(tx, user, except).await
            })
        })
        .await
    }

    /// A disabled account cannot sign in, its sessions end, and rooms that it alone owned are handed on.
    pub async fn disable(&self, user: UserId) -> Result<()> {
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query("UPDATE users SET is_disabled = 1 WHERE id = ?")
                    .bind(user.as_bytes().as_slice())
                    .execute(&mut tx.conn)
                    .await?;
                hand_on_all(tx, user).await?;
                end_sessions(tx, user, None).await
            })
        })
        .await
    }

    pub async fn begin_session(&self, user: UserId, device: Option<String>, nonce_hash: Vec<u8>) -> Result<SessionId> {
        self.write(move |tx| {
            Box::pin(async move {
                let session = SessionId(Uuid::now_v7());
                sqlx::query(
                    "INSERT INTO sessions (id, user, device, generation, nonce_hash, created_at, last_seen_at) VALUES (?, ?, ?, 1, ?, ?, ?)",
                )
                .bind(session.as_bytes().as_slice())
                .bind(user.as_bytes().as_slice())
                .bind(device)
                .bind(nonce_hash)
                .bind(tx.now.millis())
                .bind(tx.now.millis())
                .execute(&mut tx.conn)
                .await?;
                Ok(session)
            })
        })
        .await
    }

    pub async fn session(&self, session: SessionId) -> Result<Option<SessionState>> {
        let mut tx = self.snapshot().await?;
        let row = sqlx::query(
            "SELECT s.generation, s.nonce_hash, s.ended_at IS NOT NULL AS ended, u.id AS user_id, u.username, \
             u.display_name, u.rev AS user_rev, u.is_admin, u.about, u.time_zone, u.status_emoji, u.status_text, \
             u.status_until, u.is_disabled FROM sessions s JOIN users u ON u.id = s.user WHERE s.id = ?",
        )
        .bind(session.as_bytes().as_slice())
        .fetch_optional(&mut *tx)
        .await?;
        row.map(|row| {
            Ok(SessionState {
                id: session,
                user: rows::full_user(&row, self.now())?,
                generation: row.try_get("generation")?,
                nonce_hash: row.try_get("nonce_hash")?,
                ended: row.try_get("ended")?,
                is_disabled: row.try_get("is_disabled")?,
            })
        })
        .transpose()
    }

    /// A later token pair came into use: the ones before it are over. Whether it was this call that moved it.
    pub async fn promote(&self, session: SessionId, generation: i64, nonce_hash: Vec<u8>) -> Result<bool> {
        self.write(move |tx| {
            Box::pin(async move {
                let moved = sqlx::query(
                    "UPDATE sessions SET generation = ?1, nonce_hash = ?2, last_seen_at = ?3 WHERE id = ?4 AND generation < ?1",
                )
                .bind(generation)
                .bind(nonce_hash)
                .bind(tx.now.millis())
                .bind(session.as_bytes().as_slice())
                .execute(&mut tx.conn)
                .await?;
                Ok(moved.rows_affected() > 0)
            })
        })
        .await
    }

    /// Ends a session; with `owner`, only if it is theirs. Whether there was one.
    pub async fn end_session(&self, session: SessionId, owner: Option<UserId>) -> Result<bool> {
        self.write(move |tx| {
            Box::pin(async move {
                let owned = owner.map(|owner| owner.as_bytes().to_vec());
                let ended = sqlx::query(
                    "UPDATE sessions SET ended_at = ?1 WHERE id = ?2 AND ended_at IS NULL AND (?3 IS NULL OR user = ?3)",
                )
                .bind(tx.now.millis())
                .bind(session.as_bytes().as_slice())
                .bind(owned)
                .execute(&mut tx.conn)
                .await?;
                if ended.rows_affected() == 0 {
                    return Ok(false);
                }
                tx.events.push(Event::SessionEnded { session });
                Ok(true)
            })
        })
        .await
    }

    /// A person's living sessions, the latest first.
    pub async fn sessions(&self, user: UserId, current: SessionId) -> Result<Vec<Session>> {
        let mut tx = self.snapshot().await?;
        let found = sqlx::query(
            "SELECT id, device, created_at, last_seen_at FROM sessions WHERE user = ? AND ended_at IS NULL \
             ORDER BY last_seen_at DESC, id",
        )
        .bind(user.as_bytes().as_slice())
        .fetch_all(&mut *tx)
        .await?;
        found
            .iter()
            .map(|row| {
                let id = rows::id(row, "id")?;
                Ok(Session {
                    id,
                    device: row.try_get("device")?,
                    created_at: Timestamp(row.try_get("created_at")?),
                    last_seen_at: Timestamp(row.try_get("last_seen_at")?),
                    current: id == current,
                })
            })
            .collect()
    }

    pub async fn create_invite(&self, actor: UserId, code: String, new: NewInvite) -> Result<Invite> {
        self.write(move |tx| {
            Box::pin(async move {
                let max_uses = new.max_uses.unwrap_or(1);
                let seconds = new.expires_in_s.unwrap_or(7 * 24 * 3600);
                if !(1..=100_000).contains(&max_uses) {
                    return Err(Error::invalid("max_uses", "1 to 100000"));
                }
                if !(1..=366 * 24 * 3600).contains(&seconds) {
                    return Err(Error::invalid("expires_in_s", "1 second to a year"));
                }
                let now = tx.now.millis();
                sqlx::query(
                    "INSERT INTO invites (code, created_by, max_uses, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
                )
                .bind(&code)
                .bind(actor.as_bytes().as_slice())
                .bind(max_uses)
                .bind(now)
                .bind(now + seconds * 1000)
                .execute(&mut tx.conn)
                .await?;
                for room in &new.rooms {
                    let access = rooms::access(&mut tx.conn, actor, *room).await?;
                    let may = matches!(access, RoomAccess::In { role, chat_type, .. }
                        if permission::may(role, chat_type, Action::AddParticipant));
                    if !may {
                        return Err(Error::invalid("rooms", "no such room to invite to"));
                    }
                    sqlx::query("INSERT INTO invite_rooms (code, room) VALUES (?, ?) ON CONFLICT DO NOTHING")
                        .bind(&code)
                        .bind(room.as_bytes().as_slice())
                        .execute(&mut tx.conn)
                        .await?;
                }
                Ok(Invite {
                    code,
                    max_uses,
                    uses: 0,
                    rooms: new.rooms,
                    created_at: tx.now,
                    expires_at: Timestamp(now + seconds * 1000),
                })
            })
        })
        .await
    }

    /// Invites that can still be used, the newest first.
    pub async fn invites(&self) -> Result<Vec<Invite>> {
        let now = self.now();
        let mut tx = self.snapshot().await?;
        let found = sqlx::query(
            "SELECT code, max_uses, uses, created_at, expires_at FROM invites WHERE expires_at > ? AND uses < max_uses \
             ORDER BY created_at DESC, code",
        )
        .bind(now.millis())
        .fetch_all(&mut *tx)
        .await?;
        let mut invites = Vec::with_capacity(found.len());
        for row in &found {
            let code: String = row.try_get("code")?;
            invites.push(Invite {
                rooms: invite_rooms(&mut tx, &code).await?,
                code,
                max_uses: row.try_get("max_uses")?,
                uses: row.try_get("uses")?,
                created_at: Timestamp(row.try_get("created_at")?),
                expires_at: Timestamp(row.try_get("expires_at")?),
            });
        }
        Ok(invites)
    }

    /// Whether there was such an invite.
    pub async fn delete_invite(&self, code: String) -> Result<bool> {
        self.write(move |tx| {
            Box::pin(async move {
                let gone = sqlx::query("DELETE FROM invites WHERE code = ?").bind(code).execute(&mut tx.conn).await?;
                Ok(gone.rows_affected() > 0)
            })
        })
        .await
    }
}

async fn register(tx: &mut Tx, new: NewUser, admission: Admission) -> Result<User> {
    let is_first = sqlx::query("SELECT 1 FROM users LIMIT 1").fetch_optional(&mut tx.conn).await?.is_none();
    let mut used = None;
    let admitted = if admission.by_command || admission.is_open {
        true
    } else if is_first {
        admission.has_setup_code
    } else if let Some(code) = admission.invite.filter(|_| admission.takes_invites) {
        let row = sqlx::query(
            "UPDATE invites SET uses = uses + 1 WHERE code = ? AND uses < max_uses AND expires_at > ? RETURNING code, created_by",
        )
        .bind(code)
        .bind(tx.now.millis())
        .fetch_optional(&mut tx.conn)
        .await?;
        used = row.map(|row| row.try_get::<String, _>("code")).transpose()?;
        used.is_some()
    } else {
        false
    };
    if !admitted {
        let why = if is_first {
            "the first account needs the setup code that the server printed"
        } else if admission.takes_invites {
            "this needs a valid invite"
        } else {
            "registration is closed"
        };
        return Err(Error::forbidden(why));
    }
    let user = UserId(Uuid::now_v7());
    let rev = next_people_rev(tx).await?;
    let made = sqlx::query(
        "INSERT INTO users (id, username, username_key, display_name, password_hash, is_admin, rev, created_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (username_key) DO NOTHING",
    )
    .bind(user.as_bytes().as_slice())
    .bind(&new.username)
    .bind(new.username.to_lowercase())
    .bind(&new.display_name)
    .bind(&new.password_hash)
    .bind(new.is_admin || is_first)
    .bind(rev)
    .bind(tx.now.millis())
    .execute(&mut tx.conn)
    .await?;
    if made.rows_affected() == 0 {
        return Err(Error::username_taken());
    }
    let made = tell_person(tx, user).await?;
    if let Some(code) = used {
        for room in invite_rooms(&mut tx.conn, &code).await? {
            if let RoomAccess::NotIn { .. } = rooms::access(&mut tx.conn, user, room).await? {
                rooms::enter(tx, room, user, Role::Member).await?;
                let event = recado_protocol::message::SystemEvent::ParticipantJoined { user_id: user };
                super::messages::system_message(tx, room, user, event).await?;
            }
        }
    }
    Ok(made)
}

async fn invite_rooms(conn: &mut SqliteConnection, code: &str) -> Result<Vec<RoomId>> {
    let found = sqlx::query("SELECT room FROM invite_rooms WHERE code = ?").bind(code).fetch_all(conn).await?;
    found.iter().map(|row| rows::id(row, "room")).collect()
}

async fn account<'q, T>(
    conn: &mut SqliteConnection,
    select: &'static str,
    key: T,
    now: Timestamp,
) -> Result<Option<Account>>
where
    T: sqlx::Encode<'q, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite> + Send + 'q,
{
    let row = sqlx::query(select).bind(key).fetch_optional(conn).await?;
    row.map(|row| {
        Ok(Account {
            user: rows::full_user(&row, now)?,
            password_hash: row.try_get("password_hash")?,
            is_disabled: row.try_get("is_disabled")?,
        })
    })
    .transpose()
}

async fn end_sessions(tx: &mut Tx, user: UserId, except: Option<SessionId>) -> Result<()> {
    let kept = except.map(|session| session.as_bytes().to_vec()).unwrap_or_default();
    let ended =
        sqlx::query("UPDATE sessions SET ended_at = ? WHERE user = ? AND ended_at IS NULL AND id <> ? RETURNING id")
            .bind(tx.now.millis())
            .bind(user.as_bytes().as_slice())
            .bind(kept)
            .fetch_all(&mut tx.conn)
            .await?;
    for row in &ended {
        tx.events.push(Event::SessionEnded { session: rows::id(row, "id")? });
    }
    Ok(())
}
